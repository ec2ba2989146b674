// Monaco ships these grammars without types.
declare module "monaco-editor/languages/definitions/markdown/markdown" {
  export const conf: import("monaco-editor/editor").languages.LanguageConfiguration;
  export const language: import("monaco-editor/editor").languages.IMonarchLanguage;
}
declare module "monaco-editor/languages/definitions/python/python" {
  export const conf: import("monaco-editor/editor").languages.LanguageConfiguration;
  export const language: import("monaco-editor/editor").languages.IMonarchLanguage;
}
declare module "monaco-editor/editor/standalone/common/monarch/monarchCompile" {
  export function compile(
    languageId: string,
    grammar: import("monaco-editor/editor").languages.IMonarchLanguage,
  ): object;
}
declare module "monaco-editor/editor/standalone/common/monarch/monarchLexer" {
  interface Token {
    offset: number;
    type: string;
  }
  export class MonarchTokenizer {
    constructor(
      languageService: object,
      themeService: object,
      languageId: string,
      lexer: object,
      configurationService: object,
    );
    getInitialState(): object;
    tokenize(line: string, hasEnd: boolean, state: object): { tokens: Token[]; endState: object };
  }
}
