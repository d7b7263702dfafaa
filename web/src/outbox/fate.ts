// SPDX-License-Identifier: Apache-2.0
export type Fate = "arrived" | "refused" | "waits" | "signed-out";

/** What an answer means for the letter. */
export function fateOf(answer: { status: number; redirected: boolean; url: string }): Fate {
  const { status } = answer;
  // A session that ended shows as the sign-in page.
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/sign-in")) return "signed-out";
  if (status === 401) return "signed-out";
  if (status >= 200 && status < 300) return "arrived";
  if (status === 408 || status === 429 || status >= 500) return "waits";
  return "refused";
}
