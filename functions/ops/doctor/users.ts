import { isDenied } from "../../../core/db/errors.ts";
import { userKinds } from "../../../core/db/users.ts";
import { objectionsTo } from "../../../core/db/users-apply.ts";
import { ownerUrl, type Services, usersOf } from "../services.ts";
import { type Check, check, reasonOf, type Subject, unknown } from "./check.ts";

const users: Subject = {
  name: "mysql users",
  expected: "handlers and gateway have users of their own, who may do what they need and no more",
  fix: "npm run orders -- migrate; with one user for all, give the handlers' and the gateway's by their URLs",
};

/** Looks, as each user that is given beside the owner, at what it may do. */
export async function checkUsers({ config }: Pick<Services, "config">): Promise<Check> {
  const urls = usersOf(config);
  const given = userKinds.flatMap((kind) => (urls[kind] === undefined ? [] : [{ kind, url: urls[kind] }]));
  if (given.length === 0) {
    return check(users, config.STAGE === "dev" || config.STAGE === "local" ? "ok" : "warn", "one user for all");
  }
  const objections: string[] = [];
  for (const { kind, url } of given) {
    try {
      const found = await objectionsTo(kind, ownerUrl(config), url);
      objections.push(...found.map((objection) => `the user of the ${kind} ${objection}`));
    } catch (error) {
      if (!isDenied(error)) return unknown(users, reasonOf(error));
      objections.push(`the user of the ${kind} is refused: ${reasonOf(error)}`);
    }
  }
  if (objections.length > 0) return check(users, "fail", objections.join("; "));
  return check(users, "ok", `${given.map(({ kind }) => kind).join(" and ")}, as they should be`);
}
