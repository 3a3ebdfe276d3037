import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.util.Tool;
import org.apache.hadoop.util.ToolRunner;

/**
 * Runs Hadoop's tools (FsShell, DFSAdmin, DFSHAAdmin) one after another in one JVM, so that each takes
 * milliseconds instead of the start of a JVM.
 *
 * <p>Standard input has a line for each run: the class and its arguments, each in base64 with a colon before it,
 * separated by blanks. Standard output has a line for each answer: exit code, standard output and standard error
 * of the tool, the latter two in the same form.
 */
public final class ToolServer {
  private static final Base64.Encoder ENCODER = Base64.getEncoder();

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      String[] words = Arrays.stream(order.split(" ")).map(ToolServer::decode).toArray(String[]::new);
      answers.println(answer(words[0], Arrays.copyOfRange(words, 1, words.length)));
    }
    // Hadoop's client may have threads that would keep the JVM alive.
    System.exit(0);
  }

  private static String answer(String className, String[] toolArguments) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    int exitCode;
    try {
      Tool tool = (Tool) Class.forName(className).getDeclaredConstructor().newInstance();
      Configuration configuration = new Configuration();
      // A connection that is kept does not notice that its server was started anew, and fails the next call.
      configuration.setInt("ipc.client.connection.maxidletime", 1);
      exitCode = ToolRunner.run(configuration, tool, toolArguments);
    } catch (Exception e) {
      e.printStackTrace();
      exitCode = 1;
    }
    return exitCode + " " + encode(output) + " " + encode(errors);
  }

  private static String encode(ByteArrayOutputStream text) {
    return ":" + ENCODER.encodeToString(text.toByteArray());
  }

  private static String decode(String word) {
    return new String(Base64.getDecoder().decode(word.substring(1)), StandardCharsets.UTF_8);
  }
}
