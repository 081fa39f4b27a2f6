/** Lets the application open without the server, and says when there is a new release of it. */
import { showOffer } from "@/ui/toasts";

const lookAgainMs = 30 * 60_000;

export async function registerServiceWorker() {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) {
    return;
  }
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", {
      updateViaCache: "none",
    });
    offerWhenReady(registration);
    setInterval(() => void look(registration), lookAgainMs);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        void look(registration);
      }
    });
  } catch {
    // Not over HTTPS, or switched off: everything works, but not without the server.
  }
}

async function look(registration: ServiceWorkerRegistration) {
  try {
    await registration.update();
  } catch {
    // The server is away; there will be another time.
  }
}

function offerWhenReady(registration: ServiceWorkerRegistration) {
  const offer = () => {
    const { waiting } = registration;
    // Without a controller this is the first one: it has nothing to replace.
    if (waiting && navigator.serviceWorker.controller) {
      showOffer("There is a new version of Benchbook.", "Reload", () => {
        navigator.serviceWorker.addEventListener(
          "controllerchange",
          () => window.location.reload(),
          { once: true },
        );
        waiting.postMessage("take over");
      });
    }
  };
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
}
