import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A server's certificate and key, and the certificate of the authority that signed it, as PEM files. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** The text of {@link Certificates.authority}. */
  readonly authorityPem: string;
}

const ecKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes a new authority, and a certificate of it for a server by that name. Needs the openssl program. */
export function makeCertificates(folder: string, serverName: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  writeFileSync(path("server.ext"), `subjectAltName=DNS:${serverName}\n`);
  openssl("req", "-x509", ...ecKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority");
  openssl("req", ...ecKey, "-keyout", "server.key", "-out", "server.csr", "-subj", `/CN=${serverName}`);
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "server.ext"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-days", "2", "-out", "server.pem");
  return {
    ...{ authority: path("ca.pem"), certificate: path("server.pem"), key: path("server.key") },
    authorityPem: readFileSync(path("ca.pem"), "utf8"),
  };
}
