import java.io.ByteArrayInputStream;
import java.io.File;
import javax.xml.XMLConstants;
import javax.xml.parsers.SAXParserFactory;
import javax.xml.transform.sax.SAXSource;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXParseException;
import org.xml.sax.XMLReader;

/** The validator of the JDK, which is Xerces, over SAX: schema, parser and validator are made once. PATH SCHEMA. */
public final class Xerces {
    private final XMLReader parser;
    private final Validator validator;

    Xerces(String schema) throws Exception {
        SchemaFactory schemas = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        validator = schemas.newSchema(new File(schema)).newValidator();
        validator.setErrorHandler(new Strict());
        SAXParserFactory parsers = SAXParserFactory.newInstance();
        parsers.setNamespaceAware(true);
        parser = parsers.newSAXParser().getXMLReader();
    }

    void validate(byte[] message) throws Exception {
        validator.validate(new SAXSource(parser, new InputSource(new ByteArrayInputStream(message))));
    }

    public static void main(String[] arguments) throws Exception {
        Turns.serve(arguments[0], new Xerces(arguments[1])::validate);
    }

    /** The first fault ends the reading. */
    private static final class Strict implements ErrorHandler {
        @Override
        public void warning(SAXParseException fault) {}

        @Override
        public void error(SAXParseException fault) throws SAXParseException {
            throw fault;
        }

        @Override
        public void fatalError(SAXParseException fault) throws SAXParseException {
            throw fault;
        }
    }
}
