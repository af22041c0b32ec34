/* libxml2 with a compiled schema, by SAX and by its text reader: everything that can be made once is made once.
 *
 *     libxml2 sax|reader PATH SCHEMA
 */
#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlschemas.h>

#include "turns.h"

static xmlSchemaValidCtxtPtr validity;
static xmlParserCtxtPtr parser;
static xmlTextReaderPtr reader;
static const int options = XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_HUGE;

static void silent(void *context, const char *message, ...) { (void)context, (void)message; }

/* The parser's events go to the validator alone; its context is kept for the next message. */
static int sax(const struct message *message)
{
    xmlSAXHandlerPtr own = parser->sax;
    parser->sax = NULL;
    xmlSchemaSAXPlugPtr plug = xmlSchemaSAXPlug(validity, &parser->sax, &parser->userData);
    xmlCtxtReadMemory(parser, message->bytes, (int)message->length, NULL, NULL, options);
    xmlSchemaSAXUnplug(plug);
    parser->sax = own;
    return parser->wellFormed && xmlSchemaIsValid(validity) == 1;
}

static int pull(const struct message *message)
{
    if (xmlReaderNewMemory(reader, message->bytes, (int)message->length, NULL, NULL, options) != 0)
        return 0;
    xmlTextReaderSchemaValidateCtxt(reader, validity, 0);
    int state;
    while ((state = xmlTextReaderRead(reader)) == 1)
        ;
    int valid = state == 0 && xmlTextReaderIsValid(reader) == 1;
    xmlTextReaderSchemaValidateCtxt(reader, NULL, 0);
    return valid;
}

int main(int count, char **arguments)
{
    if (count != 4) {
        fprintf(stderr, "usage: libxml2 sax|reader PATH SCHEMA\n");
        return 2;
    }
    xmlInitParser();
    xmlSchemaParserCtxtPtr context = xmlSchemaNewParserCtxt(arguments[3]);
    xmlSchemaPtr schema = xmlSchemaParse(context);
    if (schema == NULL || (validity = xmlSchemaNewValidCtxt(schema)) == NULL)
        trouble(arguments[3]);
    xmlSchemaSetValidErrors(validity, silent, silent, NULL);
    parser = xmlNewParserCtxt();
    if (strcmp(arguments[1], "sax") == 0)
        return serve(arguments[2], sax);
    reader = xmlReaderForMemory("<a/>", 4, NULL, NULL, options);
    return serve(arguments[2], pull);
}
