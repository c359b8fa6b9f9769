/** The stages that may be open to everybody: they run on the developer's own machine. */
const localStages = new Set(["dev", "local"]);

/** Commands that bring no new handlers. */
const keyless = new Set(["remove", "rollback", "deploy list"]);

/** As core/config/functions.ts reads them: with others no handler would start. */
const apiKeys = /^([\w.-]{1,64}:[0-9a-f]{64}(,|$))+$/i;

/** Refuses to package or deploy a cloud stage that everybody could call. */
export default class RequireApiKeys {
  constructor(serverless) {
    this.hooks = { initialize: () => requireApiKeys(serverless) };
  }
}

function requireApiKeys(serverless) {
  const stage = serverless.getProvider("aws").getStage();
  if (keyless.has(serverless.processedInput.commands.join(" "))) return;
  if (localStages.has(stage) || Object.values(serverless.service.functions).every(isGuarded)) return;
  throw new serverless.classes.Error(
    `The stage ${stage} needs API keys: set API_KEYS to name:sha256hex,… (printf %s "$KEY" | sha256sum).`,
  );
}

function isGuarded({ events = [], environment }) {
  return !events.some((event) => "httpApi" in event) || apiKeys.test(environment?.API_KEYS ?? "");
}
