/*
 * The region of a run (run.h): making it, attaching to it, finding things in it.
 *
 * The layout follows from the geometry alone: struct run_shm, then the stages, then the rings, each
 * on a line of its own. run_attach() takes the geometry from the region, checks it, computes the
 * layout again, and demands that every offset and every ring agree with it; afterwards nothing is
 * located by a shared word. What was checked is kept on a private page just before the mapping, so
 * that a struct run_shm pointer alone leads to it.
 *
 * The pages are allocated when the region is made (posix_fallocate), so that want of memory is an
 * error then and not a SIGBUS later; the seals keep everyone from shrinking it afterwards.
 */
#include "ipc/run.h"

#include "common/error.h"
#include "ipc/ring_shm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_MAGIC UINT64_C(0x31004e5552434741) /* "AGCRUN", 1 */

enum { RUN_VERSION = 1, LINE_BYTES = 128 };

/* On the page before the mapping. */
struct private_page {
    struct run_geometry geometry;
    size_t region_bytes;
};

struct layout {
    size_t stage_off, stage_stride;
    size_t ring_off, ring_stride;
    size_t region_bytes;
};

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

static uint32_t ring_count(const struct run_geometry *g)
{
    return 2 * g->worker_count + 1;
}

static int layout_make(const struct run_geometry *g, struct layout *l)
{
    size_t ring_bytes = ring_shm_bytes(g->slot_count, g->slot_bytes), rings;

    if ((g->mode != RUN_CREATE && g->mode != RUN_QUERY) || g->worker_count < 1 ||
        g->worker_count > RUN_WORKERS_MAX || ring_bytes == 0 || ring_bytes > SIZE_MAX / 2)
        return -1;
    l->stage_off = round_up(sizeof(struct run_shm), LINE_BYTES);
    l->stage_stride = round_up(sizeof(struct stage_shm), LINE_BYTES);
    l->ring_off = round_up(l->stage_off + (g->worker_count + 2) * l->stage_stride, page_bytes());
    l->ring_stride = round_up(ring_bytes, LINE_BYTES);
    if (__builtin_mul_overflow(l->ring_stride, (size_t)ring_count(g), &rings) ||
        __builtin_add_overflow(rings, l->ring_off + page_bytes(), &l->region_bytes) ||
        l->region_bytes > SIZE_MAX / 2)
        return -1;
    l->region_bytes = l->region_bytes / page_bytes() * page_bytes();
    return 0;
}

size_t run_region_bytes(const struct run_geometry *geometry)
{
    struct layout l;

    return layout_make(geometry, &l) ? 0 : l.region_bytes;
}

static struct private_page *private_of(struct run_shm *run)
{
    return (struct private_page *)((uint8_t *)run - page_bytes());
}

/* Maps the region with a private page before it. */
static int map_region(int fd, size_t region_bytes, int protection, struct run_shm **run)
{
    size_t page = page_bytes();
    uint8_t *base = mmap(NULL, page + region_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED)
        return error_set_errno(ERROR_MEMORY, "mapping the shared region of %zu bytes",
                               region_bytes);
    if (mmap(base + page, region_bytes, protection, MAP_SHARED | MAP_FIXED, fd, 0) ==
        MAP_FAILED) {
        int code =
            error_set_errno(ERROR_MEMORY, "mapping the shared region of %zu bytes", region_bytes);

        munmap(base, page + region_bytes);
        return code;
    }
    *run = (struct run_shm *)(base + page);
    return 0;
}

void run_detach(struct run_shm *run)
{
    if (run)
        munmap(private_of(run), page_bytes() + private_of(run)->region_bytes);
}

static int fill_region(struct run_shm *run, const struct run_geometry *g, const struct layout *l,
                       const uint64_t *base_off)
{
    uint32_t i;

    run->magic = RUN_MAGIC;
    run->version = RUN_VERSION;
    run->mode = (uint32_t)g->mode;
    run->worker_count = g->worker_count;
    run->slot_count = g->slot_count;
    run->slot_bytes = g->slot_bytes;
    run->region_bytes = l->region_bytes;
    run->cache_bytes = g->cache_bytes;
    for (i = 0; i < g->worker_count + 2; i++)
        run->stage_off[i] = l->stage_off + i * l->stage_stride;
    for (i = 0; i < ring_count(g); i++) {
        int code;

        run->ring_off[i] = l->ring_off + i * l->ring_stride;
        atomic_store_explicit(&run->start[i].begun, g->mode == RUN_QUERY, memory_order_relaxed);
        code = ring_shm_init((uint8_t *)run + run->ring_off[i], g->slot_count, g->slot_bytes,
                             base_off ? base_off[i] : 0);
        if (code)
            return code;
    }
    return 0;
}

static int make_memory(size_t region_bytes, int *fd)
{
    uint64_t memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * page_bytes();
    int made, failed;

    /* a memfd has no limit of its own: without this the machine would be filled before it says no
     */
    if (region_bytes > memory_bytes)
        return error_set(ERROR_SPACE, "no room in memory for the shared region of %zu bytes",
                         region_bytes);
    made = memfd_create("agc-run", MFD_ALLOW_SEALING);
    if (made < 0)
        return error_set_errno(ERROR_IO, "making the shared region");
    (void)fchmod(made, 0600); /* nobody comes by it through /proc either */
    failed = posix_fallocate(made, 0, (off_t)region_bytes);
    if (failed) {
        close(made);
        errno = failed;
        return error_set_errno(failed == ENOMEM || failed == EFBIG ? ERROR_SPACE : ERROR_IO,
                               "no room in memory (tmpfs) for the shared region of %zu bytes",
                               region_bytes);
    }
    if (fcntl(made, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0) {
        int code = error_set_errno(ERROR_IO, "sealing the shared region");

        close(made);
        return code;
    }
    *fd = made;
    return 0;
}

int run_create(const struct run_geometry *geometry, const uint64_t *base_off, int *fd,
               struct run_shm **run)
{
    struct run_shm *made;
    struct layout l;
    int made_fd = -1, code;

    if (layout_make(geometry, &l))
        return error_set(ERROR_USAGE, "%u workers with rings of %u x %u bytes cannot be had",
                         geometry->worker_count, geometry->slot_count, geometry->slot_bytes);
    code = make_memory(l.region_bytes, &made_fd);
    if (code)
        return code;
    code = map_region(made_fd, l.region_bytes, PROT_READ | PROT_WRITE, &made);
    if (code)
        goto out_close;
    private_of(made)->geometry = *geometry;
    private_of(made)->region_bytes = l.region_bytes;
    code = fill_region(made, geometry, &l, base_off);
    if (code)
        goto out_detach;
    *fd = made_fd;
    *run = made;
    return 0;

out_detach:
    run_detach(made);
out_close:
    close(made_fd);
    return code;
}

/* Takes the geometry out of the region and checks all that must follow from it. */
static int check_region(struct run_shm *run, size_t region_bytes, struct run_geometry *g)
{
    struct layout l;
    uint32_t i;

    if (run->magic != RUN_MAGIC)
        return error_set(ERROR_SHARED, "the shared region is not one of this program");
    if (run->version != RUN_VERSION)
        return error_set(ERROR_VERSION, "the shared region has version %u, not %u", run->version,
                         (unsigned)RUN_VERSION);
    *g = (struct run_geometry){.mode = (enum run_mode)run->mode,
                               .worker_count = run->worker_count,
                               .slot_count = run->slot_count,
                               .slot_bytes = run->slot_bytes,
                               .cache_bytes = run->cache_bytes};
    if (layout_make(g, &l) || l.region_bytes != region_bytes || run->region_bytes != region_bytes)
        return error_set(ERROR_SHARED, "the shared region is damaged: its sizes disagree");
    for (i = 0; i < g->worker_count + 2; i++)
        if (run->stage_off[i] != l.stage_off + i * l.stage_stride)
            return error_set(ERROR_SHARED, "the shared region is damaged: stage %u", i);
    for (i = 0; i < ring_count(g); i++) {
        const struct ring_shm *ring = (void *)((uint8_t *)run + l.ring_off + i * l.ring_stride);

        if (run->ring_off[i] != l.ring_off + i * l.ring_stride ||
            ring->slot_count != g->slot_count || ring->slot_bytes != g->slot_bytes)
            return error_set(ERROR_SHARED, "the shared region is damaged: ring %u", i);
    }
    return 0;
}

static int attach(int fd, int protection, struct run_shm **run)
{
    struct run_geometry geometry;
    struct run_shm *mapped;
    struct stat st;
    int code;

    if (fstat(fd, &st) < 0)
        return error_set_errno(ERROR_IO, "the shared region");
    if (st.st_size < (off_t)sizeof(struct run_shm) || (size_t)st.st_size % page_bytes() != 0)
        return error_set(ERROR_SHARED, "the shared region has an impossible size");
    code = map_region(fd, (size_t)st.st_size, protection, &mapped);
    if (code)
        return code;
    private_of(mapped)->region_bytes = (size_t)st.st_size;
    code = check_region(mapped, (size_t)st.st_size, &geometry);
    if (code) {
        run_detach(mapped);
        return code;
    }
    private_of(mapped)->geometry = geometry;
    *run = mapped;
    return 0;
}

int run_attach(int fd, struct run_shm **run)
{
    return attach(fd, PROT_READ | PROT_WRITE, run);
}

int run_attach_watching(int fd, struct run_shm **run)
{
    return attach(fd, PROT_READ, run);
}

struct ring_shm *run_ring(struct run_shm *run, uint32_t index)
{
    const struct run_geometry *g = &private_of(run)->geometry;
    struct layout l;

    if (index >= ring_count(g) || layout_make(g, &l))
        return NULL;
    return (struct ring_shm *)((uint8_t *)run + l.ring_off + index * l.ring_stride);
}

struct stage_shm *run_stage(struct run_shm *run, uint32_t index)
{
    const struct run_geometry *g = &private_of(run)->geometry;
    struct layout l;

    if (index >= g->worker_count + 2 || layout_make(g, &l))
        return NULL;
    return (struct stage_shm *)((uint8_t *)run + l.stage_off + index * l.stage_stride);
}
