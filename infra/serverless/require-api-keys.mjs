/** The stages that may be open to everybody: they run on the developer's own machine. */
const localStages = new Set(["dev", "local"]);

/** Refuses to package or deploy a cloud stage that everybody could call. */
export default class RequireApiKeys {
  constructor(serverless) {
    this.hooks = { initialize: () => requireApiKeys(serverless) };
  }
}

function requireApiKeys(serverless) {
  const stage = serverless.getProvider("aws").getStage();
  if (localStages.has(stage) || serverless.service.provider.environment?.API_KEYS) return;
  throw new serverless.classes.Error(
    `The stage ${stage} needs API keys: set API_KEYS to name:sha256hex,… (printf %s "$KEY" | sha256sum).`,
  );
}
