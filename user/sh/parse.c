/* parse.c - see parse.h. */
#include "parse.h"
#include "stdio.h"
#include "string.h"

/* What stands between words; the longer ones first. */
enum token {
    AND_AND,
    OR_OR,
    APPEND,
    PIPE,
    BACKGROUND,
    SEMICOLON,
    NEWLINE,
    INPUT,
    OUTPUT,
    END,
    WORD
};
static const char *const tokens[WORD] = {"&&", "||", ">>", "|", "&", ";", "\n", "<", ">", ""};

static const char *
wrong(struct pipeline *p, const char *what, const char *where) {
    snprintf(p->error, sizeof(p->error), "%s%s", what, where);
    return p->error;
}

static void
skip_blanks(struct parser *parser) {
    while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\r') {
        parser->at++;
    }
    if (*parser->at == '#') {
        parser->at = strfind(parser->at, '\n');
    }
}

/* The token that stands next, which *length bytes long. */
static enum token
peek(const char *at, size_t *length) {
    for (enum token t = 0; t < END; t++) {
        *length = strlen(tokens[t]);
        if (strncmp(at, tokens[t], *length) == 0) {
            return t;
        }
    }
    *length = 0;
    return *at == '\0' ? END : WORD;
}

static bool
ends_word(char c) {
    return c == '\0' || strchr(" \t\r\n|&;<>", c) != NULL;
}

/* More text of the word that is being read; false: there is no room. */
static bool
add(struct pipeline *p, const char *s, size_t n) {
    if (n >= MAX_TEXT - p->text_used) {
        return false;
    }
    memcpy(p->text + p->text_used, s, n);
    p->text_used += n;
    return true;
}

/* A character of a word and what it stands for; false: no room. */
static bool
add_next(struct parser *parser, struct pipeline *p, char quote) {
    char status[12];
    const char *at = parser->at;
    if (quote != '\'' && at[0] == '$' && at[1] == '?') {
        parser->at += 2;
        return add(p, status, (size_t)snprintf(status, sizeof(status), "%d", parser->status));
    }
    bool escape = at[0] == '\\' && at[1] != '\0';
    if (escape && (quote == 0 || (quote == '"' && strchr("\"\\$", at[1]) != NULL))) {
        at++;
    }
    parser->at = at + 1;
    return add(p, at, 1);
}

static const char *
read_word(struct parser *parser, struct pipeline *p, const char **word) {
    char quote = 0;
    bool room = true;
    *word = p->text + p->text_used;
    while (room && (quote != 0 ? *parser->at != '\0' : !ends_word(*parser->at))) {
        char c = *parser->at;
        if (quote == 0 ? c == '\'' || c == '"' : c == quote) {
            quote = quote == 0 ? c : 0;
            parser->at++;
        } else {
            room = add_next(parser, p, quote);
        }
    }
    if (quote != 0 && room) {
        return wrong(p, "a quote is not closed: ", quote == '"' ? "\"" : "'");
    }
    if (!room) {
        return wrong(p, "the words are too long", "");
    }
    p->text[p->text_used++] = '\0';
    return NULL;
}

/* The file of a redirection, which `token` was the sign of. */
static const char *
read_redirection(struct parser *parser, struct pipeline *p, struct command *command,
                 enum token token) {
    size_t length;
    const char *file;
    skip_blanks(parser);
    if (peek(parser->at, &length) != WORD) {
        return wrong(p, "a file is expected after ", tokens[token]);
    }
    const char *error = read_word(parser, p, &file);
    if (token == INPUT) {
        command->input = file;
    } else {
        command->output = file;
        command->append = token == APPEND;
    }
    return error;
}

/* A command up to the token that ends it, which *ended_by will be and is not taken. */
static const char *
read_command(struct parser *parser, struct pipeline *p, enum token *ended_by) {
    size_t length;
    struct command *command = &p->commands[p->count];
    *command = (struct command){.argv = p->words + p->words_used};
    for (;;) {
        const char *error;
        skip_blanks(parser);
        *ended_by = peek(parser->at, &length);
        if (*ended_by == WORD) {
            if (p->words_used == MAX_WORDS - 1) {
                return wrong(p, "too many words", "");
            }
            error = read_word(parser, p, &p->words[p->words_used++]);
        } else if (*ended_by == INPUT || *ended_by == OUTPUT || *ended_by == APPEND) {
            parser->at += length;
            error = read_redirection(parser, p, command, *ended_by);
        } else {
            break;
        }
        if (error != NULL) {
            return error;
        }
    }
    if (command->argv == p->words + p->words_used) {
        bool line_ends = *ended_by == END || *ended_by == NEWLINE;
        return wrong(p, "a command is expected before ",
                     line_ends ? "the end of the line" : tokens[*ended_by]);
    }
    p->words[p->words_used++] = NULL;
    p->count++;
    return NULL;
}

const char *
parse_pipeline(struct parser *parser, struct pipeline *out) {
    size_t length;
    enum token token;
    out->when = parser->next;
    out->count = out->words_used = out->text_used = 0;
    while (skip_blanks(parser), *parser->at == '\n') {
        parser->at++;
    }
    if (*parser->at == '\0' && out->when == ALWAYS) {
        return NULL;
    }
    do {
        if (out->count == MAX_COMMANDS) {
            return wrong(out, "too many commands in a pipeline", "");
        }
        const char *error = read_command(parser, out, &token);
        if (error != NULL) {
            return error;
        }
        peek(parser->at, &length);
        parser->at += length;
    } while (token == PIPE);
    out->background = token == BACKGROUND;
    parser->next = token == AND_AND ? IF_OK : token == OR_OR ? IF_FAILED : ALWAYS;
    return NULL;
}
