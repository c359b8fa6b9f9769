import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";
import "./styles/overview.css";
import "./styles/charts.css";
import "./styles/list.css";
import "./styles/order.css";
import "./styles/dialogs.css";
import { render } from "preact";
import { App } from "./app.tsx";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
