export { SignInForm } from "./sign-in-form";
export { signInProblem } from "./sign-in-problems";
