import { StringDecoder } from "node:string_decoder";

/**
 * What mysql2 finds for iconv-lite in the functions' bundles, of which the tables of that package would be a third. All
 * text of ours is UTF-8, which mysql2 reads by itself. It asks for another encoding only when that is the server's
 * default, and then for the notes that come with an answer, which are ASCII.
 */
export function getDecoder(): StringDecoder {
  return new StringDecoder("utf8");
}

/** @throws nothing is sent in another encoding */
export function getEncoder(encoding: string): never {
  throw new Error(`mysql2 was told to send text in ${encoding}; connections here use UTF-8`);
}
