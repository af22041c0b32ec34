import com.prowidesoftware.swift.model.mx.AbstractMX;
import com.prowidesoftware.swift.model.mx.JaxbContextCacheImpl;
import com.prowidesoftware.swift.model.mx.JaxbContextLoader;
import com.prowidesoftware.swift.model.mx.MxCamt05300108;
import com.prowidesoftware.swift.model.mx.MxPacs00800108;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Prowide's typed message, with its context cached as its manual advises: parsed alone, or validated by {@link Xerces}
 * first, because the parse itself refuses next to nothing. parse|validate PATH SCHEMA.
 */
public final class Prowide {
    public static void main(String[] arguments) throws Exception {
        JaxbContextLoader.INSTANCE.setCacheImpl(new JaxbContextCacheImpl());
        boolean statement = arguments[1].contains("camt053");
        Function<String, AbstractMX> parse = statement ? MxCamt05300108::parse : MxPacs00800108::parse;
        Xerces xerces = arguments[0].equals("validate") ? new Xerces(arguments[2]) : null;
        Turns.serve(arguments[1], message -> {
            if (xerces != null) {
                xerces.validate(message);
            }
            if (parse.apply(new String(message, StandardCharsets.UTF_8)) == null) {
                throw new IllegalArgumentException("not read");
            }
        });
    }
}
