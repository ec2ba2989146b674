import { loader } from "@monaco-editor/react";
import * as monaco from "monaco-editor/editor";
import "./features";
import { StandaloneServices } from "monaco-editor/editor/standalone/browser/standaloneServices";
import {
  conf as pythonConfiguration,
  language as pythonLanguage,
} from "monaco-editor/languages/definitions/python/python";
import { IConfigurationService } from "monaco-editor/platform/configuration/common/configuration";
import {
  csvLanguage,
  jsonConfiguration,
  jsonLanguage,
  markdownLanguage,
  markdownLanguageConfiguration,
  yamlConfiguration,
  yamlLanguage,
} from "../language/documents";
import { sqlConfiguration, sqlLanguage } from "../language/sql";
import { makeHoversForGood } from "./hovers";
import { paintedText } from "./painted";
import { suggestAfterKeys } from "./suggest-after-keys";
import { defineThemes } from "./themes";

/** A key of the key map that Monaco has otherwise on Linux. */
function addKeys(): void {
  const { KeyCode, KeyMod } = monaco;
  monaco.editor.addKeybindingRule({
    keybinding: KeyMod.Alt | KeyCode.F12,
    command: "editor.action.peekDefinition",
    when: "editorTextFocus",
  });
}

/** Work that Monaco gives up (for a peek that closes, or a newer key) rejects so, often unheard. It is no error of anybody's. */
function expectCancellations(): void {
  window.addEventListener("unhandledrejection", (event) => {
    const { name, message } = event.reason instanceof Error ? event.reason : { name: "", message: "" };
    if (name === "Canceled" && message === name) {
      event.preventDefault();
    }
  });
}

let ready = false;

/**
 * Monaco with the dbt languages and themes; prepared once per page. Everything comes from our own origin: workers are bundled, and
 * the React components are given this Monaco, so that they load none from elsewhere.
 */
export function preparedMonaco(): typeof monaco {
  if (ready) {
    return monaco;
  }
  ready = true;
  loader.config({ monaco });
  self.MonacoEnvironment = {
    getWorker: () => new Worker(new URL("monaco-editor/editor/editor.worker.js", import.meta.url), { type: "module" }),
  };
  const languages: [string, monaco.languages.IMonarchLanguage, monaco.languages.LanguageConfiguration | null][] = [
    ["dbt-sql", sqlLanguage, sqlConfiguration],
    ["dbt-yaml", yamlLanguage, yamlConfiguration],
    ["dbt-markdown", markdownLanguage, markdownLanguageConfiguration],
    ["python", pythonLanguage, pythonConfiguration],
    ["csv", csvLanguage, null],
    ["json", jsonLanguage, jsonConfiguration],
  ];
  for (const [id, grammar, configuration] of languages) {
    monaco.languages.register({ id });
    monaco.languages.setMonarchTokensProvider(id, grammar);
    if (configuration) {
      monaco.languages.setLanguageConfiguration(id, configuration);
    }
  }
  defineThemes(monaco);
  // A heading in a list of fixes is announced as one of them, and there is only one kind.
  StandaloneServices.get(IConfigurationService).updateValues([["editor.codeActionWidget.showHeaders", false]]);
  addKeys();
  expectCancellations();
  monaco.editor.onDidCreateModel((model) => paintedText.follow(model));
  suggestAfterKeys();
  makeHoversForGood();
  return monaco;
}

export type Monaco = typeof monaco;
