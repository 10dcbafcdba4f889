// libcurl's option and information calls are variadic, which Swift cannot import: one inline function for each argument type.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode ccurl_on_body(CURL *handle, ccurl_data_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
  return code ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

static inline CURLcode ccurl_on_header(CURL *handle, ccurl_data_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
  return code ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

static inline CURLcode ccurl_on_progress(CURL *handle, curl_xferinfo_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
  if(!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  return code ? code : curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

static inline CURLcode ccurl_on_open_socket(CURL *handle, curl_opensocket_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
  return code ? code : curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
}

static inline long ccurl_get_long(CURL *handle, CURLINFO info) {
  long value = 0;
  return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

static inline int64_t ccurl_get_offset(CURL *handle, CURLINFO info) {
  curl_off_t value = 0;
  return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

static inline const char *ccurl_get_string(CURL *handle, CURLINFO info) {
  char *value = NULL;
  return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : NULL;
}

// To be freed with curl_slist_free_all.
static inline struct curl_slist *ccurl_get_list(CURL *handle, CURLINFO info) {
  struct curl_slist *value = NULL;
  return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : NULL;
}

static inline struct curl_certinfo *ccurl_get_certificates(CURL *handle) {
  struct curl_certinfo *value = NULL;
  return curl_easy_getinfo(handle, CURLINFO_CERTINFO, &value) == CURLE_OK ? value : NULL;
}

// The TLS version of the connection in use; only inside a callback of the transfer. libcurl hands out OpenSSL's own session
// and has OpenSSL loaded, so its one function is looked up rather than linked. NULL without TLS or with another TLS library.
static inline const char *ccurl_tls_version(CURL *handle) {
  struct curl_tlssessioninfo *session = NULL;
  if(curl_easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session) return NULL;
  if(session->backend != CURLSSLBACKEND_OPENSSL || !session->internals) return NULL;
  const char *(*version)(const void *) = (const char *(*)(const void *))dlsym(NULL /* RTLD_DEFAULT */, "SSL_get_version");
  return version ? version(session->internals) : NULL;
}

static inline CURLcode ccurl_on_tls_context(CURL *handle, curl_ssl_ctx_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, callback);
  return code ? code : curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, context);
}

// Gives a TLS context its certificate authorities, which libcurl leaves out when it is not to verify: the peer's chain is then judged
// all the same, without effect on the handshake. The file may be NULL: libcurl's own default.
static inline void ccurl_load_trust(CURL *handle, void *tls_context, const char *file) {
  int (*load)(void *, const char *, const char *) =
    (int (*)(void *, const char *, const char *))dlsym(NULL, "SSL_CTX_load_verify_locations");
  const char *folder = file ? NULL : ccurl_get_string(handle, CURLINFO_CAPATH);
  if(!file) file = ccurl_get_string(handle, CURLINFO_CAINFO);
  if(load && (file || folder)) load(tls_context, file, folder);
}

// The address and port that libcurl is about to connect to. Answers the length of the address: 4, 16, or 0 for another family.
static inline int ccurl_address(const struct curl_sockaddr *target, uint8_t address[16], uint16_t *port) {
  if(target->family == AF_INET && target->addrlen >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in v4;
    memcpy(&v4, &target->addr, sizeof v4);
    memcpy(address, &v4.sin_addr, 4);
    *port = ntohs(v4.sin_port);
    return 4;
  }
  if(target->family == AF_INET6 && target->addrlen >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 v6;
    memcpy(&v6, &target->addr, sizeof v6);
    memcpy(address, &v6.sin6_addr, 16);
    *port = ntohs(v6.sin6_port);
    return 16;
  }
  return 0;
}

static inline curl_socket_t ccurl_open_socket(const struct curl_sockaddr *target) {
  return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

static inline curl_socket_t ccurl_bad_socket(void) { return CURL_SOCKET_BAD; }

#endif
