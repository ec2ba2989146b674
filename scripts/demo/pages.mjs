const style = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
  main { width: min(26rem, 92vw); }
  h1 { font-size: 1.25rem; margin: 0 0 .25rem; }
  p { margin: 0 0 1rem; opacity: .75; }
  button { font: inherit; display: flex; justify-content: space-between; gap: 1rem; width: 100%; padding: .75rem 1rem; margin: 0 0 .5rem;
    border: 1px solid GrayText; border-radius: .5rem; background: Canvas; color: CanvasText; cursor: pointer; text-align: left; }
  button:hover, button:focus-visible { outline: 2px solid Highlight; }
  small { opacity: .75; }
  .cancel { border: 0; justify-content: center; }
`;

/** The page on which one picks who to be. */
export function pickerPage({ name, people }, action) {
  const buttons = people
    .map(
      (person) =>
        `<button name="subject" value="${escapeHtml(person.subject)}"><span>${escapeHtml(person.name)}<br><small>${escapeHtml(person.email)}</small></span><small>${escapeHtml(person.role)}</small></button>`,
    )
    .join("\n");
  return page(
    name,
    `<h1>${escapeHtml(name)}</h1><p>The demo's identity provider. Sign in as:</p>
    <form method="post" action="${escapeHtml(action)}">${buttons}<button class="cancel" name="cancel" value="1">Cancel</button></form>`,
  );
}

/** A page with one message. */
export function messagePage(name, heading, message) {
  return page(name, `<h1>${escapeHtml(heading)}</h1><p>${escapeHtml(message ?? "")}</p>`);
}

function page(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${escapeHtml(title)} · sign-in</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
