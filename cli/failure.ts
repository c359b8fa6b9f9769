/** A condition that the operator can do something about: its message says what, and is shown without a stack trace. */
export class Failure extends Error {
  override readonly name = "Failure";
}
