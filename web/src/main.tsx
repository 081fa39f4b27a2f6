import "./app/mantine.css";
import "./app/global.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Application } from "./app/providers";

window.addEventListener("load", async () => {
  const { registerServiceWorker } = await import("./app/service-worker");
  await registerServiceWorker();
});

const root = document.getElementById("root");
if (!root) {
  throw new Error("The page has no #root.");
}
createRoot(root).render(
  <StrictMode>
    <Application />
  </StrictMode>,
);
