import { useEffect } from "react";

const product = "Benchbook";
let page = product;
let ticking: string | null = null;

/** Names the page in the tab of the browser. */
export function usePageTitle(title: string) {
  useEffect(() => {
    page = title === "" ? product : `${title} · ${product}`;
    write();
  }, [title]);
}

/** Puts a running time before the page's name; null takes it away. */
export function showTimeInTitle(time: string | null) {
  ticking = time;
  write();
}

function write() {
  document.title = ticking === null ? page : `${ticking} · ${page}`;
}
