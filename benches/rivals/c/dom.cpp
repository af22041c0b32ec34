// rapidxml and pugixml, each in its fastest mode: a tree of the elements, and as little else as it offers.
//
//     dom rapidxml|pugixml PATH
#include <cstring>
#include <pugixml.hpp>
#include <rapidxml/rapidxml.hpp>
#include <vector>

#include "turns.h"

// Leaves the text where it is, decodes nothing, makes no nodes of it; does not check that the end tags match.
static int by_rapidxml(const message *message)
{
    static rapidxml::xml_document<> document;
    try {
        document.clear();
        document.parse<rapidxml::parse_fastest>(message->bytes);
        return document.first_node() != nullptr;
    } catch (const rapidxml::parse_error &) {
        return 0;
    }
}

// Writes into the text that it reads, so it gets a copy.
static int by_pugixml(const message *message)
{
    static pugi::xml_document document;
    static std::vector<char> copy;
    copy.assign(message->bytes, message->bytes + message->length);
    return document.load_buffer_inplace(copy.data(), copy.size(), pugi::parse_minimal, pugi::encoding_utf8)
               ? document.first_child() != nullptr
               : 0;
}

int main(int count, char **arguments)
{
    if (count < 3) {
        std::fprintf(stderr, "usage: dom rapidxml|pugixml PATH\n");
        return 2;
    }
    return serve(arguments[2], std::strcmp(arguments[1], "rapidxml") == 0 ? by_rapidxml : by_pugixml);
}
