import type { CheckName } from "../checks.ts";
import { type Mutation, set } from "../mutation.ts";

const repository = "AWS::ECR::Repository";
const everybody = { Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "ecr:BatchGetImage" }] };

/** The mistakes that rules must find in the stack of the images' registry. */
export const registryMutations: readonly (Mutation & { readonly check: CheckName })[] = [
  {
    what: "tags that can be moved",
    change: set(repository, ["ImageTagMutability"], undefined),
    check: "containers",
    finds: "set IMMUTABLE tags",
  },
  {
    what: "images that nobody scans",
    change: set(repository, ["ImageScanningConfiguration", "ScanOnPush"], false),
    check: "containers",
    finds: "set ScanOnPush",
  },
  {
    what: "images that do not say how they are encrypted",
    change: set(repository, ["EncryptionConfiguration"], undefined),
    check: "encryption",
    finds: "state EncryptionConfiguration",
  },
  {
    what: "images that everybody may pull",
    change: set(repository, ["RepositoryPolicyText"], everybody),
    check: "exposure",
    finds: "a policy gives access to everybody",
  },
];
