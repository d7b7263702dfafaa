// SPDX-License-Identifier: Apache-2.0
// A real provider on loopback, for one client. Arguments: port (0 for any), client, secret, the one
// address to come back to, and the name of its key. Prints its issuer when it listens.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, client, secret, back, kid] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [back] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }] },
    cookies: { keys: ["a test's"] },
    pkce: { required: () => true },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
