#include <netinet/in.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <string.h>
#include "linux_tests.h"

#define SIZE(type) { #type, sizeof(struct type) }
#define AT(type, field) { #type "." #field, offsetof(struct type, field) }
#define IS(name) { #name, name }

static const struct { const char *name; size_t value; } rows[] = {
    SIZE(xfrm_selector), SIZE(xfrm_usersa_info), SIZE(xfrm_usersa_id), SIZE(xfrm_userpolicy_info),
    SIZE(xfrm_userpolicy_id), SIZE(xfrm_user_tmpl), SIZE(nlmsghdr),
    AT(xfrm_selector, saddr), AT(xfrm_selector, dport), AT(xfrm_selector, sport), AT(xfrm_selector, family),
    AT(xfrm_selector, prefixlen_d), AT(xfrm_selector, prefixlen_s), AT(xfrm_selector, proto),
    AT(xfrm_selector, user),
    AT(xfrm_lifetime_cfg, soft_byte_limit), AT(xfrm_lifetime_cfg, hard_byte_limit),
    AT(xfrm_lifetime_cfg, soft_packet_limit), AT(xfrm_lifetime_cfg, hard_packet_limit),
    AT(xfrm_lifetime_cfg, soft_add_expires_seconds), AT(xfrm_lifetime_cfg, hard_add_expires_seconds),
    AT(xfrm_lifetime_cfg, soft_use_expires_seconds), AT(xfrm_lifetime_cfg, hard_use_expires_seconds),
    AT(xfrm_usersa_info, id), AT(xfrm_usersa_info, saddr), AT(xfrm_usersa_info, lft),
    AT(xfrm_usersa_info, curlft), AT(xfrm_usersa_info, stats), AT(xfrm_usersa_info, reqid),
    AT(xfrm_usersa_info, family), AT(xfrm_usersa_info, mode), AT(xfrm_usersa_info, replay_window),
    AT(xfrm_userpolicy_info, lft), AT(xfrm_userpolicy_info, priority), AT(xfrm_userpolicy_info, index), AT(xfrm_userpolicy_info, dir),
    AT(xfrm_userpolicy_info, action), AT(xfrm_userpolicy_info, flags), AT(xfrm_user_tmpl, saddr), AT(xfrm_user_tmpl, reqid),
    AT(xfrm_user_tmpl, mode), AT(xfrm_user_tmpl, aalgos), AT(xfrm_user_expire, hard),
    AT(xfrm_algo_auth, alg_trunc_len), AT(xfrm_algo_aead, alg_icv_len), AT(xfrm_algo, alg_key),
    IS(XFRM_MSG_NEWSA), IS(XFRM_MSG_DELSA), IS(XFRM_MSG_GETSA), IS(XFRM_MSG_NEWPOLICY), IS(XFRM_MSG_DELPOLICY),
    IS(XFRM_MSG_NEWSADINFO), IS(XFRM_MSG_GETSADINFO), IS(XFRM_MSG_NEWSPDINFO), IS(XFRM_MSG_GETSPDINFO),
    IS(XFRMA_SAD_CNT), IS(XFRMA_SPD_INFO),
    IS(XFRM_MSG_GETPOLICY), IS(XFRM_MSG_EXPIRE), IS(XFRM_MSG_UPDPOLICY), IS(XFRMA_ALG_CRYPT), IS(XFRMA_ALG_AUTH), IS(XFRMA_TMPL),
    IS(XFRMA_ALG_AEAD), IS(XFRMA_ALG_AUTH_TRUNC), IS(XFRMNLGRP_EXPIRE), IS(XFRM_MODE_TRANSPORT),
    IS(XFRM_POLICY_IN), IS(XFRM_POLICY_OUT), IS(XFRM_POLICY_FWD), IS(XFRM_POLICY_BLOCK), IS(XFRM_POLICY_ICMP),
};

size_t linux_xfrm_layout(const char *what) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, what)) return rows[i].value;
    return (size_t)-1;
}
