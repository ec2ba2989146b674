export { SignInForm } from "./sign-in-form";
export { signedOutNotice, signInProblem } from "./sign-in-problems";
