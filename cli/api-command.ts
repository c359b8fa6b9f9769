import { Command, InvalidArgumentError } from "commander";
import { isUuid } from "../core/domain/identity.ts";
import { Api } from "./api.ts";
import { type ApiTargetOptions, apiUrl, findApi } from "./api-target.ts";
import { examplesText } from "./examples.ts";

/** The options of every command that talks to the HTTP API. */
export interface ApiOptions extends ApiTargetOptions {
  readonly json?: boolean;
}

/** A command that talks to the HTTP API of a stage. */
export function apiCommand(name: string, examples: readonly string[], json = "print the answer as JSON"): Command {
  return new Command(name)
    .option("-u, --url <url>", "address of the API (default: ORDERS_URL, else that of the stage)", apiUrl)
    .option("-s, --stage <stage>", "dev: npm start; local: the AWS emulator", "dev")
    .option("--json", json)
    .addHelpText(
      "after",
      `\nThe API key, where one is needed, is read from ORDERS_API_KEY.\n${examplesText(examples)}`,
    );
}

/** The API that the options lead to. */
export async function openApi(options: ApiTargetOptions): Promise<Api> {
  return new Api(await findApi(options));
}

/** Reads an argument that is an order's id. */
export function orderId(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError("An order's id is a UUID.");
  return text.toLowerCase();
}
