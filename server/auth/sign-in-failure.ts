import type { SignInErrorCode } from "../contract/sign-in";

/** A sign-in that ends on /signin with plain words; `cause` is for the log. */
export class SignInFailure extends Error {
  readonly code: SignInErrorCode;

  constructor(code: SignInErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "SignInFailure";
    this.code = code;
  }
}
