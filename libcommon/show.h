#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "safetensors.h"
#include "tensor.h"

/*
 * show - tensors and headers for people, and as JSON for programs.
 *
 * Names and texts from outside are escaped: no control byte of theirs reaches
 * the terminal.  Output goes through stdio, whose errors are the caller's to
 * check.
 */

/*
 * The elements as JSON arrays, nested by the shape; floats in the fewest
 * digits that read back exactly, F16 and shorter ones as the F32 they are.
 * 0, or -1 with errstr() for a shape of endless empty rows.
 */
int show_values(FILE *out, const struct tensor *t);

/*
 * A line: {"seq":0,"name":"x","dtype":"F32","shape":[2],"values":[1,2]}; a
 * negative seq is left out.
 */
int show_values_line(FILE *out, const struct tensor *t, int64_t seq);

/*
 * A frame: its metadata, a line a key, and its tensors with their first
 * values, the smallest and the largest; text tensors with their texts.
 */
void show_frame(FILE *out, const struct header *h, uint64_t seq);

/* A weight file: its metadata and tensors; no byte of the data is touched. */
void show_file(FILE *out, const struct safetensors *s);

/*
 * The same as one line: {"seq":0,"metadata":{...},"tensors":[{"name":"x",
 * "dtype":"F32","shape":[2]},...]}; "file" and "bytes" for "seq" in a file's.
 */
void show_frame_json(FILE *out, const struct header *h, uint64_t seq);
void show_file_json(FILE *out, const struct safetensors *s);

#endif
