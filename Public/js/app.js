/** The one script of every page: it fetches each behaviour only where the page has the elements for it. */
import { guardForms } from "./busy-button.js";

guardForms();
if (document.querySelector("live-batch")) import("./live-batch.js");
if (document.querySelector("live-list")) import("./live-list.js");
for (const form of document.querySelectorAll("form[data-select-leads]")) {
  if (form instanceof HTMLFormElement) import("./select-leads.js").then(({ selectLeads }) => selectLeads(form));
}
