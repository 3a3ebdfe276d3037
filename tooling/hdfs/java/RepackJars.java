import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Copies the jars of one folder into another so that HDFS starts faster: nothing is compressed, and the two
 * packages that Jersey scans at the first WebHDFS request come into a small jar of their own. Jersey reads a
 * whole jar to find the classes of one package, which costs seconds when that jar has all of Hadoop.
 *
 * Usage: java RepackJars.java FROM TO
 */
public class RepackJars {
    static final String SCANNED_JAR = "jersey-scanned.jar";
    static final List<String> SCANNED = List.of(
        "org/apache/hadoop/hdfs/server/namenode/web/resources/",
        "org/apache/hadoop/hdfs/web/resources/");

    public static void main(String[] args) throws IOException {
        Path from = Path.of(args[0]);
        Path to = Path.of(args[1]);
        File[] jars = from.toFile().listFiles((folder, name) -> name.endsWith(".jar"));
        Arrays.sort(jars);
        try (ZipOutputStream scanned = open(to.resolve(SCANNED_JAR))) {
            Set<String> scannedNames = new HashSet<>();
            for (File jar : jars) {
                try (ZipFile source = new ZipFile(jar); ZipOutputStream rest = open(to.resolve(jar.getName()))) {
                    copy(source, rest, scanned, scannedNames);
                }
            }
        }
    }

    static void copy(ZipFile source, ZipOutputStream rest, ZipOutputStream scanned, Set<String> scannedNames)
            throws IOException {
        Set<String> restNames = new HashSet<>();
        for (ZipEntry entry : Collections.list(source.entries())) {
            boolean isScanned = SCANNED.stream().anyMatch(entry.getName()::startsWith);
            // The class loader finds a package only by its folder's entry, so these are kept.
            if ((isScanned ? scannedNames : restNames).add(entry.getName())) {
                store(source, entry, isScanned ? scanned : rest);
            }
        }
    }

    static void store(ZipFile source, ZipEntry entry, ZipOutputStream target) throws IOException {
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        copy.setMethod(ZipEntry.STORED);
        copy.setSize(entry.getSize());
        copy.setCrc(entry.getCrc());
        target.putNextEntry(copy);
        try (InputStream content = source.getInputStream(entry)) {
            content.transferTo(target);
        }
        target.closeEntry();
    }

    static ZipOutputStream open(Path path) throws IOException {
        OutputStream file = new BufferedOutputStream(Files.newOutputStream(path), 1 << 20);
        return new ZipOutputStream(file);
    }
}
