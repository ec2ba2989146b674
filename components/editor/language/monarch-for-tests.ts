import type { languages } from "monaco-editor/editor";
import { compile } from "monaco-editor/editor/standalone/common/monarch/monarchCompile";
import { MonarchTokenizer } from "monaco-editor/editor/standalone/common/monarch/monarchLexer";

const nothing = { dispose: () => undefined };
const configuration = { getValue: () => 20_000, onDidChangeConfiguration: () => nothing };
const languageService = {
  languageIdCodec: { encodeLanguageId: () => 1 },
  requestBasicLanguageFeatures: () => undefined,
};

/** Runs Monaco's own tokenizer over a text, without a page: each token with its text and type. */
export function tokensOf(grammar: languages.IMonarchLanguage, text: string): { text: string; type: string }[] {
  const lexer = compile("test", { ...grammar, tokenPostfix: "" });
  const tokenizer = new MonarchTokenizer(languageService, {}, "test", lexer, configuration);
  let state = tokenizer.getInitialState();
  return text.split("\n").flatMap((line) => {
    const result = tokenizer.tokenize(line, true, state);
    state = result.endState;
    return result.tokens.map((token, index) => ({
      text: line.slice(token.offset, result.tokens[index + 1]?.offset ?? line.length),
      type: token.type,
    }));
  });
}
