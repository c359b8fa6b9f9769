/** What is loaded into serverless-offline's process before it starts. */
import "./requests.ts";
import "./modules.ts";
import "./quiet.ts";
