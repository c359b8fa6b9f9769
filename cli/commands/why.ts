import { styleText } from "node:util";
import type { Command } from "commander";
import type { Explanation } from "../../core/api/documents.ts";
import { type ApiOptions, apiCommand, openApi, orderId } from "../api-command.ts";
import { coloured, plain, printAnswer, terminalWidth, wrapped } from "../output.ts";
import { relative } from "../times.ts";

/** `orders why` */
export function whyCommand(): Command {
  return apiCommand("why", ["why 01a2090f-79ac-7a03-964f-3256223620c7"])
    .description("Explain in words where an order is, what happens next and when, and what stands in its way.")
    .argument("<id>", "the order's id", orderId)
    .action(async (id: string, options: ApiOptions) => {
      const explanation = await (await openApi(options)).get<Explanation>(`/orders/${id}/why`);
      await printAnswer(explanation, options, (answer) => words(answer, terminalWidth()).join("\n"));
    });
}

function words({ id, status, asOf, where, next, nextAt, troubles }: Explanation, width: number | undefined) {
  // By the clock that the answer is of: this machine's may differ.
  const by = nextAt === undefined ? [] : [`${nextAt}, ${relative(nextAt, Date.parse(asOf))}`];
  return [
    `${id}  ${coloured(status)}`,
    ...labelled("where", where, width),
    ...labelled("next", next, width),
    ...by.flatMap((text) => labelled("by", text, width)),
    ...troubles.flatMap(({ code, detail, fix }) => [
      ...labelled("trouble", `${code}: ${detail}`, width).map((line) => styleText("yellow", line)),
      ...labelled("fix", fix, width),
    ]),
  ];
}

const labelWidth = 9;

function labelled(label: string, text: string, width: number | undefined): readonly string[] {
  const lines = wrapped(plain(text), width === undefined ? undefined : width - labelWidth);
  return lines.map((line, index) => `${(index === 0 ? label : "").padEnd(labelWidth)}${line}`);
}
