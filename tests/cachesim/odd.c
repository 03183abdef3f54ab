/*
 * The program of odd.lackey.zst: accesses that a cache model may get wrong.
 * They straddle lines and pages, are of 1 to 512 bytes, read and write in one
 * instruction, are masked, gathered, atomic or of strings.  README.md says how
 * it was built; it is kept for that and compiled by nothing.
 */
#include <immintrin.h>
#include <stdint.h>

static uint8_t buf[1 << 18] __attribute__((aligned(4096)));

__attribute__((target("avx2"))) static void vectors(void)
{
	for (int i = 0; i < 16384; i += 40) {
		__m256i v = _mm256_loadu_si256((void *)(buf + i));

		_mm256_storeu_si256((void *)(buf + i + 13), v);
	}
	for (int i = 0; i < 16384; i += 24) {
		__m128i v = _mm_loadu_si128((void *)(buf + i + 7));

		_mm_storeu_si128((void *)(buf + i + 300), v);
	}
}

__attribute__((target("avx2"))) static void masked(void)
{
	__m256i mask = _mm256_set_epi32(-1, 0, -1, -1, 0, 0, -1, 0);
	__m256i at = _mm256_set_epi32(1, 70, 300, 4, 999, 60, 70, 8);

	for (int i = 0; i < 2000; i += 29) {
		__m256i v = _mm256_maskload_epi32((int *)(buf + i), mask);

		_mm256_maskstore_epi32((int *)(buf + i + 4000), mask, v);
		v = _mm256_i32gather_epi32((int *)(buf + i), at, 4);
		_mm256_storeu_si256((void *)(buf + i), v);
	}
}

static void strings(void)
{
	void *to = buf + 5, *from = buf + 70001;
	unsigned long n = 2000;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
	to = buf + 12345;
	n = 300;
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(7L) : "memory");
	to = buf + 3;
	from = buf + 90003;
	n = 1000;
	__asm__ volatile("repe cmpsb"
			 : "+D"(to), "+S"(from), "+c"(n)::"memory", "cc");
}

static void modified(void)
{
	for (uint32_t i = 0; i < 1 << 16; i += 61) {
		uint32_t *sum = (uint32_t *)(buf + ((i * 7) & 0x1fff0));
		uint64_t *word = (uint64_t *)(buf + ((i * 3) & 0x1fff8));
		uint64_t old = 0;

		*(volatile uint64_t *)(buf + i) += i;
		__atomic_fetch_add(sum, 1, __ATOMIC_SEQ_CST);
		__atomic_compare_exchange_n(word, &old, 5, 0, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	}
	for (int i = 0; i < 2048; i += 16) {
		uint64_t low = 0, high = 0;

		__asm__ volatile("lock cmpxchg16b %0"
				 : "+m"(*(__int128 *)(buf + i)), "+a"(low),
				   "+d"(high)
				 : "b"(1L), "c"(2L)
				 : "cc", "memory");
	}
}

static void long_ones(void)
{
	static uint8_t state[512] __attribute__((aligned(64)));
	unsigned char env[128];
	long double sum = 3;

	__asm__ volatile("fxsave %0; fxrstor %0" : "+m"(state));
	for (int i = 0; i < 100; i++) {
		volatile long double *p = (void *)(buf + i * 59);

		*p = sum;
		sum += *p;
	}
	__asm__ volatile("fnstenv %0; fldenv %0" : "+m"(env));
}

/* Anywhere in memory: what no level holds. */
static void anywhere(void)
{
	uint32_t at = 1;

	for (int i = 0; i < 6000; i++) {
		volatile uint8_t *p;

		at = at * 1664525 + 1013904223;
		p = buf + (at >> 8) % (sizeof(buf) - 64);
		if (i % 3 == 0)
			*(volatile uint64_t *)p = at;
		else if (i % 3 == 1)
			(void)*(volatile uint32_t *)p;
		else
			*(volatile uint16_t *)p += 3;
	}
}

int main(void)
{
	vectors();
	masked();
	strings();
	modified();
	long_ones();
	anywhere();
	return 0;
}
