import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import javax.xml.XMLConstants;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import javax.xml.transform.sax.SAXSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.XMLReader;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What Xerces says of messages. It says {@code ready}, then it is asked line by line: {@code schema PATH} sets the schema (answer: {@code ok}), any other line
 * is the path of a message (answer: {@code valid}, or {@code LINE:COLUMN: words} of the first fault).
 */
final class Xerces {
    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        Validator validator = null;
        out.print("ready\n");
        out.flush();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("schema ")) {
                validator = schema(line.substring("schema ".length())).newValidator();
                out.print("ok\n");
            } else {
                out.print(opinion(validator, line).replaceAll("\\s+", " ") + "\n");
            }
            out.flush();
        }
    }

    private static Schema schema(String path) throws SAXException {
        return SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI).newSchema(new File(path));
    }

    private static String opinion(Validator validator, String path) throws IOException, ParserConfigurationException {
        var first = new First();
        try {
            validator.reset();
            validator.setErrorHandler(first);
            XMLReader reader = PARSERS.newSAXParser().getXMLReader();
            reader.setErrorHandler(first);
            validator.validate(new SAXSource(reader, new InputSource(new File(path).toURI().toString())));
        } catch (SAXException | IOException fault) {
            return first.words != null ? first.words : "0:0: " + fault.getMessage();
        }
        return first.words != null ? first.words : "valid";
    }

    private static final SAXParserFactory PARSERS = parsers();

    private static SAXParserFactory parsers() {
        try {
            var parsers = SAXParserFactory.newInstance();
            parsers.setNamespaceAware(true);
            parsers.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return parsers;
        } catch (ParserConfigurationException | SAXException error) {
            throw new IllegalStateException(error);
        }
    }

    /** Keeps the first fault. */
    private static final class First extends DefaultHandler {
        String words;

        @Override
        public void error(SAXParseException fault) {
            if (words == null) {
                words = fault.getLineNumber() + ":" + fault.getColumnNumber() + ": " + fault.getMessage();
            }
        }

        @Override
        public void fatalError(SAXParseException fault) throws SAXException {
            error(fault);
            throw fault;
        }
    }
}
