/** Methods that a generated class has when one of its fields needs them. */
export const javaMethods: Readonly<Record<string, string>> = {
  readPairs: `private static List<List<Text>> readPairs(DataInput in) throws IOException {
  int count = in.readInt();
  if (count < 0) throw new IOException("a number of pairs is negative: " + count);
  List<List<Text>> pairs = new ArrayList<>();
  for (int i = 0; i < count; i++) {
    List<Text> pair = Arrays.asList(new Text(), new Text());
    for (Text text : pair) text.readFields(in);
    pairs.add(pair);
  }
  return pairs;
}`,
  writePairs: `private static void writePairs(DataOutput out, List<List<Text>> pairs) throws IOException {
  out.writeInt(pairs.size());
  for (List<Text> pair : pairs) for (Text text : pair) text.write(out);
}`,
  comparePairs: `private static int comparePairs(List<List<Text>> left, List<List<Text>> right) {
  for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
    int order = left.get(i).get(0).compareTo(right.get(i).get(0));
    if (order == 0) order = left.get(i).get(1).compareTo(right.get(i).get(1));
    if (order != 0) return order;
  }
  return Integer.compare(left.size(), right.size());
}`,
  compareStrings: `private static int compareStrings(String left, String right) {
  if (left == null || right == null) return Boolean.compare(left != null, right != null);
  return left.compareTo(right);
}`,
  compareBytes: `private static int compareBytes(Writable left, Writable right) {
  byte[] a = WritableUtils.toByteArray(left);
  byte[] b = WritableUtils.toByteArray(right);
  return WritableComparator.compareBytes(a, 0, a.length, b, 0, b.length);
}`,
};
