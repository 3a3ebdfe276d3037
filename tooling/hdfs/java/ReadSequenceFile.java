import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BooleanWritable;
import org.apache.hadoop.io.ByteWritable;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.DoubleWritable;
import org.apache.hadoop.io.FloatWritable;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.ShortWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.VIntWritable;
import org.apache.hadoop.io.VLongWritable;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * Prints the records of SequenceFiles, read by Hadoop's own reader, as one JSON object a line:
 * {"key": ..., "value": ...}.
 *
 * A Writable of Hadoop's own is a JSON string, number, boolean or null; bytes are base64; any other object is a
 * JSON object of its fields, private ones too, in their order. A whole number that a double cannot hold exactly
 * is a string. Malformed UTF-8 in a Text is U+FFFD.
 *
 * Usage: java -cp JARS:CLASSES:CONF ReadSequenceFile.java FILE...
 */
public class ReadSequenceFile {
    static final long SAFE_MAX = (1L << 53) - 1;

    public static void main(String[] files) throws Exception {
        Configuration conf = new Configuration();
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
        for (String file : files) {
            try (SequenceFile.Reader reader =
                    new SequenceFile.Reader(conf, SequenceFile.Reader.file(new Path(file)))) {
                print(reader, conf, out);
            }
        }
        out.flush();
        if (out.checkError()) {
            System.exit(1);
        }
    }

    static void print(SequenceFile.Reader reader, Configuration conf, PrintStream out) throws Exception {
        Writable key = (Writable) ReflectionUtils.newInstance(reader.getKeyClass(), conf);
        Writable value = (Writable) ReflectionUtils.newInstance(reader.getValueClass(), conf);
        StringBuilder line = new StringBuilder();
        while (reader.next(key, value)) {
            line.setLength(0);
            line.append("{\"key\":");
            write(key, line);
            line.append(",\"value\":");
            write(value, line);
            out.append(line.append("}\n"));
        }
    }

    static void write(Object value, StringBuilder to) throws IllegalAccessException {
        if (value == null || value instanceof NullWritable) {
            to.append("null");
        } else if (value instanceof Text || value instanceof String || value instanceof Character) {
            writeString(value.toString(), to);
        } else if (value instanceof BytesWritable) {
            writeString(Base64.getEncoder().encodeToString(((BytesWritable) value).copyBytes()), to);
        } else if (value instanceof byte[]) {
            writeString(Base64.getEncoder().encodeToString((byte[]) value), to);
        } else if (isWhole(value)) {
            long number = Long.parseLong(value.toString());
            to.append(-SAFE_MAX <= number && number <= SAFE_MAX ? "" + number : "\"" + number + "\"");
        } else if (isFraction(value)) {
            double number = Double.parseDouble(value.toString());
            to.append(Double.isFinite(number) ? "" + number : "\"" + number + "\"");
        } else if (value instanceof Boolean || value instanceof BooleanWritable) {
            to.append(value);
        } else if (value instanceof Collection) {
            String separator = "[";
            for (Object element : (Collection<?>) value) {
                to.append(separator);
                write(element, to);
                separator = ",";
            }
            to.append(separator.equals("[") ? "[]" : "]");
        } else {
            to.append('{');
            writeFields(value.getClass(), value, to);
            to.append('}');
        }
    }

    static boolean isWhole(Object value) {
        return value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte
            || value instanceof LongWritable || value instanceof IntWritable || value instanceof ShortWritable
            || value instanceof ByteWritable || value instanceof VLongWritable || value instanceof VIntWritable;
    }

    static boolean isFraction(Object value) {
        return value instanceof Double || value instanceof Float
            || value instanceof DoubleWritable || value instanceof FloatWritable;
    }

    static void writeFields(Class<?> type, Object owner, StringBuilder to) throws IllegalAccessException {
        if (type == Object.class) {
            return;
        }
        writeFields(type.getSuperclass(), owner, to);
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) || field.isSynthetic()) {
                continue;
            }
            field.setAccessible(true);
            if (to.charAt(to.length() - 1) != '{') {
                to.append(',');
            }
            writeString(field.getName(), to);
            to.append(':');
            write(field.get(owner), to);
        }
    }

    static void writeString(String text, StringBuilder to) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7f || isUnpaired(text, i)) {
                to.append(String.format("\\u%04x", (int) c));
            } else {
                to.append(c);
            }
        }
        to.append('"');
    }

    /** UTF-8 has no bytes for half a surrogate pair: it would come out as a question mark. */
    static boolean isUnpaired(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
