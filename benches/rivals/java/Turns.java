import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The agreement that every rival keeps, as ../README.md states it, for those in Java. Knows none of them. */
final class Turns {
    /** Reads one message; throws when it does not take it. */
    interface Reader {
        void read(byte[] message) throws Exception;
    }

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static void serve(String path, Reader reader) throws Exception {
        List<byte[]> messages = load(Path.of(path));
        int all = messages.size();
        messages.removeIf(message -> !takes(reader, message));
        long bytes = messages.stream().mapToLong(message -> message.length).sum();
        System.out.println(messages.size() + " " + (all - messages.size()) + " " + bytes);
        BufferedReader turns = new BufferedReader(new InputStreamReader(System.in));
        for (String line = turns.readLine(); line != null; line = turns.readLine()) {
            long enough = Long.parseLong(line.strip()) * 1_000_000;
            long passes = 0;
            long spent;
            // Of the whole process: collector and compiler too. The clock of the JVM ticks every 10 ms.
            long begin = SYSTEM.getProcessCpuTime();
            do {
                for (byte[] message : messages) {
                    reader.read(message);
                }
                passes++;
                spent = SYSTEM.getProcessCpuTime() - begin;
            } while (spent < enough);
            System.out.println(passes + " " + spent);
        }
    }

    private static boolean takes(Reader reader, byte[] message) {
        try {
            reader.read(message);
            return true;
        } catch (Exception refused) {
            return false;
        }
    }

    private static List<byte[]> load(Path path) throws IOException {
        List<byte[]> messages = new ArrayList<>();
        if (Files.isRegularFile(path)) {
            messages.add(Files.readAllBytes(path));
            return messages;
        }
        try (var files = Files.list(path)) {
            for (Path file : files.sorted().toList()) {
                messages.add(Files.readAllBytes(file));
            }
        }
        return messages;
    }
}
