/** The error codes of the test bed. */
export const testbedErrors = {
  /** No Java on this machine, or one without a compiler. Install a JDK 17 to 21. */
  noJava: "SEWER_TESTBED_NO_JAVA",
  /** The Java that was found is not 17 to 21, which Hadoop 3.4 needs. Point JAVA_HOME to one that is. */
  javaVersion: "SEWER_TESTBED_JAVA_VERSION",
  /** Hadoop's jars are not cached yet and there is no Maven to fetch them. Install Maven. */
  noMaven: "SEWER_TESTBED_NO_MAVEN",
  /** Maven could not fetch the jars, or they could not be prepared. The message has the end of its output. */
  prepare: "SEWER_TESTBED_PREPARE",
  /** A role ended, or was not ready in time. The message has the end of its log. */
  role: "SEWER_TESTBED_ROLE",
  /** A Hadoop tool or a Java program failed or took too long. The message has the end of its output. */
  tool: "SEWER_TESTBED_TOOL",
  /** A command for a bed that is not up, or not one that can do this now. */
  state: "SEWER_TESTBED_STATE",
  /** A wrong command line. */
  usage: "SEWER_TESTBED_USAGE",
} as const;

/** The codes that say what this machine lacks; the command line ends with exit code 3 for these. */
export const missingRequirementCodes: ReadonlySet<string> = new Set([
  testbedErrors.noJava,
  testbedErrors.javaVersion,
  testbedErrors.noMaven,
]);
