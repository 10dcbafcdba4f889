/** The one script of every page: each behaviour finds its own elements and leaves other pages alone. */
import { guardForms } from "./busy-button.js";
import "./connection-badge.js";
import "./live-batch.js";
import "./live-list.js";
import { selectLeads } from "./select-leads.js";

guardForms();
for (const form of document.querySelectorAll("form[data-select-leads]")) {
  if (form instanceof HTMLFormElement) selectLeads(form);
}
