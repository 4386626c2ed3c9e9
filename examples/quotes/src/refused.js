/** A refusal of a request: HTTP status, a word for programs, a sentence for people. */
export class Refused extends Error {
  constructor(status, error, message) {
    super(message);
    this.status = status;
    this.error = error;
  }
}
