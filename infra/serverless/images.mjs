import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { imageCommands, loginCommand, run } from "./images/docker.mjs";
import { Registry } from "./images/registry.mjs";
import { describeImage } from "./images/tag.mjs";

const dockerfiles = { gateway: "infra/docker/gateway.Dockerfile", worker: "infra/docker/worker.Dockerfile" };
const platforms = { arm64: "linux/arm64", x86_64: "linux/amd64" };

/**
 * The containers' images: `${images:gateway}` is the tag of the one that the sources make, and a deployment builds and
 * pushes those that are not in the stage's registry. Packaging needs neither Docker nor AWS. `serverless images` prints
 * what a deployment would run.
 */
export default class Images {
  #serverless;
  #options;
  #log;
  /** By name: those that the configuration asks for. */
  #images = new Map();

  constructor(serverless, options, { log, writeText }) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    this.configurationVariablesSources = {
      images: {
        resolve: async ({ address, resolveVariable }) => {
          const architecture = await resolveVariable("param:containerArchitecture");
          return { value: this.#describe(address, architecture).tag };
        },
      },
    };
    this.commands = {
      images: { usage: "Print the commands that build and push the images", lifecycleEvents: ["print"] },
    };
    this.hooks = {
      "images:print": () => writeText(this.#commands()),
      "before:deploy:deploy": () => this.#provide(),
      "after:remove:remove": () => this.#removeAll(),
    };
  }

  #describe(name, architecture) {
    const dockerfile = dockerfiles[name];
    const platform = platforms[architecture];
    try {
      const image = { dockerfile, platform, ...describeImage(this.#serverless.serviceDir, dockerfile, platform) };
      this.#images.set(name, image);
      return image;
    } catch (cause) {
      throw this.#error(`It cannot be told what the image ${name} is made of: ${cause.message}`, cause);
    }
  }

  /** What a deployment runs, one command a line. */
  #commands() {
    if (this.#images.size === 0) return "This stage has no containers.\n";
    const uri = (name, { tag }) => `<registry>/${this.#repository(name)}:${tag}`;
    const images = [...this.#images].sort(([one], [other]) => one.localeCompare(other));
    const commands = images
      .flatMap(([name, image]) => imageCommands(image, uri(name, image)))
      .map((words) => words.join(" "));
    return `${commands.join("\n")}\n`;
  }

  /** Makes the registry, and brings to it the images that the packaged template names. */
  async #provide() {
    if (this.#images.size === 0) return;
    const registry = await this.#registry();
    await registry.ensure(join(this.#serverless.serviceDir, "infra/aws/registry.yml"));
    const packaged = this.#packagedTags();
    const missing = [];
    for (const [name, image] of this.#images) {
      const tag = packaged.get(name) ?? image.tag;
      if (await registry.has(this.#repository(name), tag))
        this.#log.notice(`The image ${name}:${tag} is there already`);
      else if (tag === image.tag) missing.push([name, image]);
      else throw this.#error(`The package was made of other sources, and its image ${name}:${tag} is not there.`);
    }
    if (missing.length > 0) await this.#push(await registry.access(), missing);
  }

  /** A package that was made before may ask for other images than the sources of now make. */
  #packagedTags() {
    const folder = this.#options.package ?? this.#serverless.service.package.path ?? ".serverless";
    const file = resolve(this.#serverless.serviceDir, folder, "cloudformation-template-update-stack.json");
    const template = readFileSync(file, "utf8");
    const tagOf = (name) => new RegExp(`/${this.#repository(name)}:([0-9a-f]{16})"`).exec(template)?.[1];
    return new Map([...this.#images.keys()].map((name) => [name, tagOf(name)]));
  }

  async #push({ host, username, password }, images) {
    const cwd = this.#serverless.serviceDir;
    try {
      await run(loginCommand(username, host), { input: password });
      for (const [name, image] of images) {
        this.#log.notice(`Building the image ${name}:${image.tag} for ${image.platform}`);
        for (const command of imageCommands(image, `${host}/${this.#repository(name)}:${image.tag}`)) {
          await run(command, { cwd });
        }
      }
    } catch (cause) {
      const hint = "Docker must run, and be able to build for it: containerArchitecture names another.";
      throw this.#error(`${cause.message}. ${hint}`, cause);
    }
  }

  async #removeAll() {
    if (this.#images.size === 0) return;
    const registry = await this.#registry();
    if (await registry.remove()) this.#log.notice("The images are removed");
  }

  async #registry() {
    return new Registry(await this.#serverless.getProvider("aws").getAwsSdkV3Config(), this.#prefix());
  }

  #repository(name) {
    return `${this.#prefix()}-${name}`;
  }

  #prefix() {
    return `${this.#serverless.service.service}-${this.#serverless.getProvider("aws").getStage()}`;
  }

  #error(text, cause) {
    return Object.assign(new this.#serverless.classes.Error(text, "IMAGES_FAILED"), { cause });
  }
}
