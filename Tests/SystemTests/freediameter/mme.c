/* An MME for the tests, as an extension of freeDiameter: it says what it is told to and shows what it hears.
 *
 * Debian's freeDiameter has the AVPs of S6a (dict_dcca_3gpp) but neither its application nor its commands; those are
 * made here (TS 29.272 section 7.2). Every AVP, sent or received, is one of freeDiameter's own dictionary.
 *
 * The environment's MME_REQUESTS names a FIFO. Each line of it is one request:
 *
 *     Update-Location User-Name=001010000000001 RAT-Type=1004 ULR-Flags=34 Visited-PLMN-Id=0x00f110
 *
 * A value that begins with 0x is octets; Group/Member=value puts a member into a group, the one before if it has that
 * name, and Group=+ begins a new one. What is received is printed with one line an AVP and one at its end:
 *
 *     mme: answer 1 ULA-Flags=1
 *     mme: answer 1 end
 */
#include <freeDiameter/extension.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREE_GPP 10415
#define S6A 16777251
#define DEEPEST 8

static const struct {
    const char *name;
    command_code_t code;
} commands[] = {
    {"Update-Location", 316},       {"Cancel-Location", 317},
    {"Authentication-Information", 318}, {"Insert-Subscriber-Data", 319},
    {"Delete-Subscriber-Data", 320}, {"Purge-UE", 321},
    {"Notify", 323},
};

static struct dictionary *dictionary;
static char fifo[256];
static uint32_t asked, heard;
static struct peer_hdr *volatile hss;

/* ---- what is received */

static int is_text(struct dict_object *model) {
    struct dict_object *type = NULL;
    struct dict_type_data data;
    if (fd_dict_search(dictionary, DICT_TYPE, TYPE_OF_AVP, model, &type, ENOENT) || !type || fd_dict_getval(type, &data))
        return 0;
    return !strcmp(data.type_name, "UTF8String") || !strcmp(data.type_name, "DiameterIdentity");
}

static void print_value(struct dict_object *model, const struct dict_avp_data *data, const union avp_value *value) {
    switch (data->avp_basetype) {
    case AVP_TYPE_OCTETSTRING:
        if (is_text(model)) {
            printf("%.*s", (int)value->os.len, (const char *)value->os.data);
            break;
        }
        printf("0x");
        for (size_t i = 0; i < value->os.len; i++)
            printf("%02x", value->os.data[i]);
        break;
    case AVP_TYPE_INTEGER32:
        printf("%d", value->i32);
        break;
    case AVP_TYPE_UNSIGNED32:
        printf("%u", value->u32);
        break;
    case AVP_TYPE_UNSIGNED64:
        printf("%llu", (unsigned long long)value->u64);
        break;
    default:
        printf("?");
    }
}

static void print_children(msg_or_avp *parent, const char *title, const char *path) {
    struct avp *avp = NULL;
    if (fd_msg_browse(parent, MSG_BRW_FIRST_CHILD, &avp, NULL))
        return;
    while (avp) {
        struct dict_object *model = NULL;
        struct dict_avp_data data;
        struct avp_hdr *header = NULL;
        struct avp *next = NULL;
        fd_msg_avp_hdr(avp, &header);
        if (fd_msg_model(avp, &model) || !model || fd_dict_getval(model, &data)) {
            printf("mme: %s %sUNKNOWN-%u=?\n", title, path, header->avp_code);
        } else if (data.avp_basetype == AVP_TYPE_GROUPED) {
            char below[512];
            printf("mme: %s %s%s=+\n", title, path, data.avp_name);
            snprintf(below, sizeof below, "%s%s/", path, data.avp_name);
            print_children(avp, title, below);
        } else if (header->avp_value) {
            printf("mme: %s %s%s=", title, path, data.avp_name);
            print_value(model, &data, header->avp_value);
            printf("\n");
        } else {
            printf("mme: %s %s%s=UNREADABLE\n", title, path, data.avp_name);
        }
        if (fd_msg_browse(avp, MSG_BRW_NEXT, &next, NULL))
            return;
        avp = next;
    }
}

/* One writer at a time: answers and requests come on threads of their own. */
static pthread_mutex_t printing = PTHREAD_MUTEX_INITIALIZER;

static void print_message(struct msg *message, const char *title) {
    pthread_mutex_lock(&printing);
    /* freeDiameter's own log goes to the same place. */
    flockfile(stdout);
    print_children(message, title, "");
    printf("mme: %s end\n", title);
    fflush(stdout);
    funlockfile(stdout);
    pthread_mutex_unlock(&printing);
}

static void take_answer(void *number, struct msg **message) {
    char title[32];
    snprintf(title, sizeof title, "answer %u", (unsigned)(uintptr_t)number);
    if (fd_msg_parse_dict(*message, dictionary, NULL))
        printf("mme: %s UNREADABLE=?\n", title);
    print_message(*message, title);
    fd_msg_free(*message);
    *message = NULL;
}

/* ---- what is said */

static struct dict_object *find(const char *name) {
    const vendor_id_t vendors[] = {THREE_GPP, 0};
    for (int i = 0; i < 2; i++) {
        struct dict_avp_request key = {.avp_vendor = vendors[i], .avp_name = (char *)name};
        struct dict_object *model = NULL;
        if (!fd_dict_search(dictionary, DICT_AVP, AVP_BY_NAME_AND_VENDOR, &key, &model, ENOENT))
            return model;
    }
    return NULL;
}

static struct avp *add(msg_or_avp *parent, const char *name) {
    struct dict_object *model = find(name);
    struct avp *avp = NULL;
    if (!model || fd_msg_avp_new(model, 0, &avp) || fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp)) {
        printf("mme: no AVP %s\n", name);
        return NULL;
    }
    return avp;
}

static void set(struct avp *avp, const char *name, const char *text) {
    struct dict_object *model = NULL;
    struct dict_avp_data data;
    union avp_value value;
    uint8_t octets[512];
    memset(&value, 0, sizeof value);
    if (fd_msg_model(avp, &model) || fd_dict_getval(model, &data))
        return;
    switch (data.avp_basetype) {
    case AVP_TYPE_OCTETSTRING:
        value.os.data = (uint8_t *)text;
        value.os.len = strlen(text);
        if (!strncmp(text, "0x", 2)) {
            value.os.len = (value.os.len - 2) / 2;
            if (value.os.len > sizeof octets)
                value.os.len = sizeof octets;
            for (size_t i = 0; i < value.os.len; i++) {
                unsigned octet = 0;
                sscanf(text + 2 + 2 * i, "%2x", &octet);
                octets[i] = (uint8_t)octet;
            }
            value.os.data = octets;
        }
        break;
    case AVP_TYPE_INTEGER32:
        value.i32 = (int32_t)strtol(text, NULL, 10);
        break;
    default:
        value.u32 = (uint32_t)strtoul(text, NULL, 10);
    }
    if (fd_msg_avp_setvalue(avp, &value))
        printf("mme: %s takes no %s\n", name, text);
}

/* `Group/Member=value`; `open` are the groups the word before ended in. */
static void add_word(struct msg *message, char *word, struct avp *open[], char names[][64]) {
    char *value = strchr(word, '=');
    msg_or_avp *parent = message;
    int depth = 0;
    if (!value)
        return;
    *value++ = 0;
    for (char *part = word, *slash; (slash = strchr(part, '/')) && depth < DEEPEST; part = word = slash + 1, depth++) {
        *slash = 0;
        if (!open[depth] || strcmp(names[depth], part)) {
            open[depth] = add(parent, part);
            snprintf(names[depth], 64, "%s", part);
            for (int i = depth + 1; i <= DEEPEST; i++)
                open[i] = NULL;
        }
        if (!(parent = open[depth]))
            return;
    }
    for (int i = depth; i <= DEEPEST; i++)
        open[i] = NULL;
    struct avp *avp = add(parent, word);
    if (!avp)
        return;
    if (strcmp(value, "+")) {
        set(avp, word, value);
    } else {
        open[depth] = avp;
        snprintf(names[depth], 64, "%s", word);
    }
}

/* The peer's handshake ends a moment after its success is told; what is sent before has no way. */
static void await_peer(void) {
    for (int i = 0; i < 2000 && (!hss || fd_peer_get_state(hss) != STATE_OPEN); i++)
        usleep(5000);
}

static void ask(char *line) {
    struct avp *open[DEEPEST + 1] = {NULL};
    char names[DEEPEST + 1][64] = {{0}};
    char full[80];
    char *rest = NULL;
    char *word = strtok_r(line, " \n", &rest);
    struct dict_object *model = NULL;
    struct msg *message = NULL;
    if (!word)
        return;
    uintptr_t number = ++asked;
    snprintf(full, sizeof full, "%s-Request", word);
    if (fd_dict_search(dictionary, DICT_COMMAND, CMD_BY_NAME, full, &model, ENOENT)
        || fd_msg_new(model, MSGFL_ALLOC_ETEID, &message)) {
        printf("mme: no command %s\n", full);
        return;
    }
    fd_msg_new_session(message, (os0_t) "mme", 3);
    struct avp *state = add(message, "Auth-Session-State");
    if (state)
        set(state, "Auth-Session-State", "1");
    fd_msg_add_origin(message, 0);
    while ((word = strtok_r(NULL, " \n", &rest)))
        add_word(message, word, open, names);
    await_peer();
    if (fd_msg_send(&message, take_answer, (void *)number))
        printf("mme: request %u could not be sent\n", (unsigned)number);
}

static void *read_fifo(void *nothing) {
    char line[4096];
    FILE *lines = fopen(fifo, "r+");
    if (!lines) {
        printf("mme: no %s\n", fifo);
        return nothing;
    }
    while (fgets(line, sizeof line, lines))
        ask(line);
    return nothing;
}

/* ---- what is asked */

static int answer(struct msg **message, struct avp *avp, struct session *session, void *command,
                  enum disp_action *action) {
    char title[80];
    (void)avp;
    (void)session;
    snprintf(title, sizeof title, "request %u %s", ++heard, (const char *)command);
    print_message(*message, title);
    if (fd_msg_new_answer_from_req(dictionary, message, 0))
        return EINVAL;
    struct avp *state = add(*message, "Auth-Session-State");
    if (state)
        set(state, "Auth-Session-State", "1");
    if (fd_msg_rescode_set(*message, "DIAMETER_SUCCESS", NULL, NULL, 1))
        return EINVAL;
    *action = DISP_ACT_SEND;
    return 0;
}

static void opened(enum fd_hook_type type, struct msg *message, struct peer_hdr *peer, void *other,
                   struct fd_hook_permsgdata *permessage, void *data) {
    (void)type, (void)message, (void)other, (void)permessage, (void)data;
    hss = peer;
    printf("mme: open %s\n", peer ? peer->info.pi_diamid : "");
    fflush(stdout);
}

static int start(char *argument) {
    vendor_id_t vendor_id = THREE_GPP;
    struct dict_application_data data = {S6A, "3GPP S6a"};
    struct dict_object *vendor = NULL, *application = NULL;
    struct fd_hook_hdl *hook = NULL;
    pthread_t reader;
    dictionary = fd_g_config->cnf_dict;
    (void)argument;
    const char *path = getenv("MME_REQUESTS");
    snprintf(fifo, sizeof fifo, "%s", path ? path : "");
    CHECK_FCT(fd_dict_search(dictionary, DICT_VENDOR, VENDOR_BY_ID, &vendor_id, &vendor, ENOENT));
    CHECK_FCT(fd_dict_new(dictionary, DICT_APPLICATION, &data, vendor, &application));
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char *request = NULL, *reply = NULL;
        struct dict_object *model = NULL;
        struct disp_when when = {.app = application};
        if (asprintf(&request, "%s-Request", commands[i].name) < 0 || asprintf(&reply, "%s-Answer", commands[i].name) < 0)
            return ENOMEM;
        struct dict_cmd_data asks = {commands[i].code, request, CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE | CMD_FLAG_ERROR,
                                     CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE};
        struct dict_cmd_data says = {commands[i].code, reply, CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE,
                                     CMD_FLAG_PROXIABLE};
        CHECK_FCT(fd_dict_new(dictionary, DICT_COMMAND, &asks, application, &model));
        when.command = model;
        CHECK_FCT(fd_disp_register(answer, DISP_HOW_CC, &when, (void *)commands[i].name, NULL));
        CHECK_FCT(fd_dict_new(dictionary, DICT_COMMAND, &says, application, NULL));
    }
    CHECK_FCT(fd_disp_app_support(application, vendor, 1, 0));
    CHECK_FCT(fd_hook_register(HOOK_MASK(HOOK_PEER_CONNECT_SUCCESS), opened, NULL, NULL, &hook));
    CHECK_POSIX(pthread_create(&reader, NULL, read_fifo, NULL));
    CHECK_POSIX(pthread_detach(reader));
    return 0;
}

EXTENSION_ENTRY("mme", start, "dict_dcca_3gpp");
