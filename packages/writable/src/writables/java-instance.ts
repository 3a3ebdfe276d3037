/**
 * Java expression for an instance with a Configuration: without one ObjectWritable cannot read a null
 * (ObjectWritable.NullInstance), and maps and GenericWritables hand theirs on to what they hold.
 */
export function configuredInstance(className: string): string {
  const configuration = "new org.apache.hadoop.conf.Configuration(false)";
  return `org.apache.hadoop.util.ReflectionUtils.newInstance(${classLiteral(className)}, ${configuration})`;
}

/** `Outer$Inner` as `Outer.Inner.class`. */
export function classLiteral(className: string): string {
  return `${className.replaceAll("$", ".")}.class`;
}
