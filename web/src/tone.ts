// SPDX-License-Identifier: Apache-2.0
// Two tones, made here, so that nothing has to be fetched.
const TONES = [660, 880];
const TONE_S = 0.18;

export function sound(context: AudioContext, volume: number): void {
  const gain = context.createGain();
  gain.connect(context.destination);
  TONES.forEach((frequency, index) => {
    const at = context.currentTime + index * TONE_S * 1.2;
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    // Without a slope it clicks.
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume, at + 0.02);
    gain.gain.linearRampToValueAtTime(0, at + TONE_S);
    tone.start(at);
    tone.stop(at + TONE_S);
  });
  document.documentElement.dataset.sounded = String(Number(document.documentElement.dataset.sounded ?? 0) + 1);
}
