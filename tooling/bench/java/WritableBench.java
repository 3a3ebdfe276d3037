import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.VLongWritable;
import org.apache.hadoop.io.compress.GzipCodec;
import org.apache.hadoop.util.ReflectionUtils;
import sewer.AccessLogEvent;

/**
 * Writes and reads SequenceFiles of events with Hadoop's own classes, from memory to memory.
 *
 * The argument names a file of keys: int32 length and bytes each. Standard input has one question a line, "encode
 * none 100000", "decode gzip 100000": as many records as it says. The answer is one line: nanoseconds,
 * records, bytes of the file.
 */
public class WritableBench {
    static final VLongWritable ONE = new VLongWritable(1);
    static final Configuration CONF = new Configuration();
    static final List<AccessLogEvent> EVENTS = new ArrayList<>();
    /** Memory that is there before the first round that counts: neither side's time is that of getting it. */
    static final Memory FILE = new Memory();

    public static void main(String[] args) throws Exception {
        // Deflater.BEST_SPEED, level 1, in pure Java as in native Hadoop.
        CONF.set("zlib.compress.level", "BEST_SPEED");
        readEvents(Files.readAllBytes(Path.of(args[0])));
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            String[] words = line.split(" ");
            int count = Integer.parseInt(words[2]);
            long start = System.nanoTime();
            long records = words[0].equals("encode") ? encode(words[1], count) : decode();
            System.out.println((System.nanoTime() - start) + " " + records + " " + FILE.size());
        }
    }

    static void readEvents(byte[] keys) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(keys));
        while (in.available() > 0) {
            in.readInt();
            AccessLogEvent event = new AccessLogEvent();
            event.readFields(in);
            EVENTS.add(event);
        }
    }

    static long encode(String compression, int count) throws IOException {
        FILE.reset();
        try (FSDataOutputStream out = new FSDataOutputStream(FILE, null);
                SequenceFile.Writer writer = SequenceFile.createWriter(CONF, SequenceFile.Writer.stream(out),
                    SequenceFile.Writer.keyClass(AccessLogEvent.class),
                    SequenceFile.Writer.valueClass(VLongWritable.class), compressionOf(compression))) {
            for (int i = 0; i < count; i++) {
                writer.append(EVENTS.get(i % EVENTS.size()), ONE);
            }
        }
        return count;
    }

    static SequenceFile.Writer.Option compressionOf(String compression) {
        if (compression.equals("none")) {
            return SequenceFile.Writer.compression(SequenceFile.CompressionType.NONE);
        }
        return SequenceFile.Writer.compression(SequenceFile.CompressionType.BLOCK,
            ReflectionUtils.newInstance(GzipCodec.class, CONF));
    }

    /** Of the file that was encoded last. */
    static long decode() throws IOException {
        AccessLogEvent key = new AccessLogEvent();
        VLongWritable value = new VLongWritable();
        long records = 0;
        try (SequenceFile.Reader reader = new SequenceFile.Reader(CONF,
                SequenceFile.Reader.stream(new FSDataInputStream(FILE.open())),
                SequenceFile.Reader.length(FILE.size()))) {
            while (reader.next(key, value)) {
                records += value.get();
            }
        }
        return records;
    }

    /** A file in memory. */
    static class Memory extends ByteArrayOutputStream {
        Memory() {
            super(1 << 20);
        }

        MemoryStream open() {
            return new MemoryStream(buf, count);
        }
    }

    /** Bytes in memory, as SequenceFile.Reader wants them. */
    static class MemoryStream extends ByteArrayInputStream implements Seekable, PositionedReadable {
        MemoryStream(byte[] bytes, int length) {
            super(bytes, 0, length);
        }

        public void seek(long position) {
            pos = (int) position;
        }

        public long getPos() {
            return pos;
        }

        public boolean seekToNewSource(long position) {
            return false;
        }

        public int read(long position, byte[] target, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        public void readFully(long position, byte[] target, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        public void readFully(long position, byte[] target) {
            throw new UnsupportedOperationException();
        }
    }
}
