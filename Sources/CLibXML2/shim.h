// The macro below would pull ICU's headers in, and Foundation brings its own ICU: both together do not compile.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
