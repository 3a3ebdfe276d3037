import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.io.WritableComparable;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * Reads SequenceFiles with Hadoop's own reader into objects, and writes the objects with Hadoop's own writer: with
 * the classes, the compression and the codec of the file that was read. On the way keys are held to the contracts of
 * equals, hashCode and compareTo.
 *
 * Standard input: a line for each file, FROM and TO with a tab between. A line "N" for each on standard output: how
 * many records it has.
 *
 * Usage: java -cp JARS:CLASSES:CONF CopySequenceFile
 */
public class CopySequenceFile {
    public static void main(String[] args) throws Exception {
        Configuration conf = new Configuration();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] paths = line.split("\t");
            try {
                System.out.println(copy(new Path(paths[0]), new Path(paths[1]), conf));
            } catch (Exception e) {
                throw new IllegalStateException(line, e);
            }
        }
    }

    static int copy(Path from, Path to, Configuration conf) throws Exception {
        int records = 0;
        try (SequenceFile.Reader reader = new SequenceFile.Reader(conf, SequenceFile.Reader.file(from));
                SequenceFile.Writer writer = writerLike(reader, to, conf)) {
            Writable before = null;
            Writable key = newInstance(reader.getKeyClass(), conf);
            Writable value = newInstance(reader.getValueClass(), conf);
            while (reader.next(key, value)) {
                check(key, before, conf);
                writer.append(key, value);
                before = key;
                key = newInstance(reader.getKeyClass(), conf);
                value = newInstance(reader.getValueClass(), conf);
                records++;
            }
        }
        return records;
    }

    static SequenceFile.Writer writerLike(SequenceFile.Reader reader, Path to, Configuration conf) throws Exception {
        CompressionCodec codec = reader.getCompressionCodec();
        SequenceFile.CompressionType type = reader.getCompressionType();
        return SequenceFile.createWriter(conf, SequenceFile.Writer.file(to),
            SequenceFile.Writer.keyClass(reader.getKeyClass()), SequenceFile.Writer.valueClass(reader.getValueClass()),
            codec == null ? SequenceFile.Writer.compression(type) : SequenceFile.Writer.compression(type, codec));
    }

    @SuppressWarnings("unchecked")
    static void check(Writable key, Writable before, Configuration conf) {
        Writable copy = newInstance(key.getClass(), conf);
        try {
            ReflectionUtils.copy(conf, key, copy);
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
        require(key.equals(copy) && copy.equals(key) && !key.equals(null), "equals");
        require(key.hashCode() == copy.hashCode(), "hashCode");
        require(key.toString() != null, "toString");
        if (key instanceof WritableComparable) {
            WritableComparable<Object> comparable = (WritableComparable<Object>) key;
            require(comparable.compareTo(copy) == 0, "compareTo of a copy");
            if (before != null) {
                int order = comparable.compareTo(before);
                require(Integer.signum(order) == -Integer.signum(((WritableComparable<Object>) before).compareTo(key)),
                    "compareTo the other way round");
                require((order == 0) == key.equals(before), "compareTo and equals");
            }
        }
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what + " does not hold");
        }
    }

    static Writable newInstance(Class<?> type, Configuration conf) {
        return (Writable) ReflectionUtils.newInstance(type, conf);
    }
}
