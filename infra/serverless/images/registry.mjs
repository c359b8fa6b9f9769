import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// What serverless itself talks to AWS with, as it is found from there.
const load = createRequire(createRequire(import.meta.url).resolve("serverless/package.json"));
const cloudFormation = load("@aws-sdk/client-cloudformation");
const ecr = load("@aws-sdk/client-ecr");

/** How long the stack may take, in seconds: it is made of two repositories. */
const maxWaitTime = 300;

/** The stage's image repositories: a small stack, the first stage of a deployment. */
export class Registry {
  #config;
  #stackName;
  #prefix;

  /** @param config of the AWS clients; prefix: service and stage */
  constructor(config, prefix) {
    this.#config = config;
    this.#prefix = prefix;
    this.#stackName = `${prefix}-registry`;
  }

  /** Makes the repositories, or brings them to what the template says. */
  async ensure(templateFile) {
    const client = new cloudFormation.CloudFormationClient(this.#config);
    const input = {
      StackName: this.#stackName,
      TemplateBody: readFileSync(templateFile, "utf8"),
      Parameters: [{ ParameterKey: "Prefix", ParameterValue: this.#prefix }],
    };
    const wait = { client, ...polling, maxWaitTime };
    if (await this.#isThere(client)) {
      if (!(await update(client, input))) return;
      await cloudFormation.waitUntilStackUpdateComplete(wait, { StackName: this.#stackName });
    } else {
      await client.send(new cloudFormation.CreateStackCommand({ ...input, OnFailure: "DELETE" }));
      await cloudFormation.waitUntilStackCreateComplete(wait, { StackName: this.#stackName });
    }
  }

  /** Removes the repositories with all images in them; nothing when there are none. */
  async remove() {
    const client = new cloudFormation.CloudFormationClient(this.#config);
    if (!(await this.#isThere(client))) return false;
    await client.send(new cloudFormation.DeleteStackCommand({ StackName: this.#stackName }));
    await cloudFormation.waitUntilStackDeleteComplete(
      { client, ...polling, maxWaitTime },
      { StackName: this.#stackName },
    );
    return true;
  }

  async has(repositoryName, tag) {
    const client = new ecr.ECRClient(this.#config);
    const command = new ecr.DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: tag }] });
    return client.send(command).then(
      ({ imageDetails }) => (imageDetails ?? []).length > 0,
      (error) => {
        if (error.name === "ImageNotFoundException") return false;
        throw error;
      },
    );
  }

  /** The registry's host, and who may push to it for some hours. */
  async access() {
    const { authorizationData } = await new ecr.ECRClient(this.#config).send(new ecr.GetAuthorizationTokenCommand({}));
    const [{ authorizationToken, proxyEndpoint }] = authorizationData;
    const [username, password] = Buffer.from(authorizationToken, "base64").toString().split(":");
    return { host: new URL(proxyEndpoint).host, username, password };
  }

  async #isThere(client) {
    try {
      const { Stacks } = await client.send(new cloudFormation.DescribeStacksCommand({ StackName: this.#stackName }));
      return Stacks.some(({ StackStatus }) => StackStatus !== "DELETE_COMPLETE");
    } catch (error) {
      if (/does not exist/.test(error.message)) return false;
      throw error;
    }
  }
}

/** In seconds. */
const polling = { minDelay: 1, maxDelay: 5 };

/** Whether there was anything to update. */
async function update(client, input) {
  try {
    await client.send(new cloudFormation.UpdateStackCommand(input));
    return true;
  } catch (error) {
    if (/No updates are to be performed/.test(error.message)) return false;
    throw error;
  }
}
