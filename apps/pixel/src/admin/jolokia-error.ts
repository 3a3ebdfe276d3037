/** An error as a JMX client expects it: a status, a Java class name and a text. */
export class JolokiaError extends Error {
  override readonly name = "JolokiaError";
  /** In the answer's body; the HTTP status is always 200. */
  readonly status: 400 | 403 | 404;
  readonly errorType: string;

  constructor(status: 400 | 403 | 404, errorType: string, message: string) {
    super(message);
    this.status = status;
    this.errorType = errorType;
  }

  /** The request cannot be understood. */
  static badRequest(message: string): JolokiaError {
    return new JolokiaError(400, "java.lang.IllegalArgumentException", message);
  }

  /** The request is understood, but this server does not do it. */
  static unsupported(message: string): JolokiaError {
    return new JolokiaError(400, "java.lang.UnsupportedOperationException", message);
  }

  /** The request is understood, and not allowed. */
  static forbidden(message: string): JolokiaError {
    return new JolokiaError(403, "java.lang.SecurityException", message);
  }

  /** No bean has this name. */
  static noBean(name: string): JolokiaError {
    return new JolokiaError(404, "javax.management.InstanceNotFoundException", name);
  }

  /** The bean has no such attribute, or the attribute no such part. */
  static noAttribute(name: string): JolokiaError {
    return new JolokiaError(404, "javax.management.AttributeNotFoundException", name);
  }
}
