import { referenceIn, textOf } from "./intrinsics.ts";
import type { Reader } from "./readers.ts";
import { at, listOf, type Named, property, resourcesOf, type Template, type Value } from "./template.ts";

/** A function as serverless.yml declares it. */
export interface DeclaredFunction {
  readonly handler: string;
  /** The name in AWS. */
  readonly name: string;
  /** Its routes, such as `POST /orders`; `$default` for every other. */
  readonly routes: readonly string[];
}

/** What the code of one of our processes expects, and what it writes. */
export interface Code {
  /** The readers of configuration in a function's code, by the path of its handler, such as `functions/ops.handler`. */
  readonly functions: ReadonlyMap<string, readonly Reader[]>;
  readonly gateway: Reader;
  readonly worker: Reader;
  /** The source of what writes the metrics, and of what logs in the gateway. */
  readonly metricsSource: string;
  readonly gatewaySource: string;
}

/** A stack that was packaged, and the code that it deploys. */
export interface Stack {
  /** What it is a variant of, such as `prod with multiAz`. */
  readonly name: string;
  readonly stage: string;
  readonly template: Template;
  /** By their keys in serverless.yml. */
  readonly functions: Readonly<Record<string, DeclaredFunction>>;
  /** The size of each function's zip, in bytes, by its key. */
  readonly zips: Readonly<Record<string, number>>;
  readonly code: Code;
}

/** A rule of ours: what breaks it, as lines that begin with the resource's logical id. */
export type Check = (stack: Stack) => readonly string[];

/** The resource of a function in serverless.yml. */
export function lambdaOf({ template, functions }: Stack, key: string): Named | undefined {
  return resourcesOf(template, "AWS::Lambda::Function").find(
    (lambda) => property(lambda, "FunctionName") === functions[key]?.name,
  );
}

/** What serverless.yml says of the function that is this resource. */
export function declarationOf({ functions }: Stack, lambda: Named): DeclaredFunction | undefined {
  return Object.values(functions).find(({ name }) => name === property(lambda, "FunctionName"));
}

/** A container with the task that it is in. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly task: Named;
  readonly definition: Value;
}

/** The services' containers, each with the id that findings begin with: `Task.name`. */
export function containersOf(template: Template): readonly Container[] {
  return resourcesOf(template, "AWS::ECS::TaskDefinition").flatMap((task) => {
    return listOf(property(task, "ContainerDefinitions")).map((definition) => {
      const name = textOf(at(definition, "Name")) ?? "";
      return { id: `${task.id}.${name}`, name, task, definition };
    });
  });
}

/** The service that runs a task. */
export function serviceOf(template: Template, task: Named): Named | undefined {
  return resourcesOf(template, "AWS::ECS::Service").find(
    (service) => referenceIn(property(service, "TaskDefinition")) === task.id,
  );
}
